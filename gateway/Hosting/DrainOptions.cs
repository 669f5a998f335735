using Rke.Gateway.Configuration;

namespace Rke.Gateway.Hosting;

/// <summary>The options of section <c>Rke:Grpc</c> for a shutdown.</summary>
internal sealed record DrainOptions
{
    /// <summary>Time after SIGTERM in which the gateway reports NOT_SERVING and still accepts calls</summary>
    [TimeRange("00:00:00", "01:00:00")]
    public TimeSpan DrainDelay { get; set; }

    /// <summary>Time after <c>DrainDelay</c> in which calls in flight can finish</summary>
    /// <value><c>00:00:30</c></value>
    [TimeRange("00:00:00", "01:00:00")]
    public TimeSpan? DrainTimeout { get; set; }
}
