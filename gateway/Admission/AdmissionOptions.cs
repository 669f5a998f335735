using System.ComponentModel.DataAnnotations;
using Rke.Gateway.Configuration;

namespace Rke.Gateway.Admission;

/// <summary>The options of section <c>Rke:Grpc</c> that limit calls.</summary>
internal sealed record AdmissionOptions
{
    /// <summary>
    /// The maximum deadline. A coin is held for as long as its post may still arrive, and a caller may set a deadline of
    /// years.
    /// </summary>
    public static readonly TimeSpan MaxDeadline = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Time limit of a call without a deadline. InitiateSession has six times as long. The maximum is 10 minutes. A longer
    /// deadline of a caller is cut to 10 minutes.
    /// </summary>
    [TimeRange("00:00:00.010", "00:10:00")]
    public TimeSpan DefaultDeadline { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Maximum number of calls in flight, also of unknown methods. The gateway rejects further calls at once (OVERLOADED).
    /// Health and reflection have their own limits.
    /// </summary>
    [Range(1, 1_000_000)]
    public int MaxCalls { get; set; } = 10_000;

    /// <summary>
    /// Maximum number of calls in flight from one address (IPv6: from one /64), so that one host cannot use up
    /// <c>MaxCalls</c>. The gateway rejects further calls at once (OVERLOADED). 0 = no limit. Behind a mesh or a load
    /// balancer, all calls can have one address: set 0.
    /// </summary>
    [Range(0, 1_000_000)]
    public int MaxCallsPerPeer { get; set; } = 5000;

    /// <summary>
    /// Maximum number of streams of Health/Watch and reflection, which have no deadline. The gateway rejects further streams
    /// at once (OVERLOADED). Health/Check has a limit of the same size.
    /// </summary>
    [Range(1, 1_000_000)]
    public int MaxDiagnosticStreams { get; set; } = 1000;

    /// <summary>
    /// Maximum number of such streams from one address (IPv6: from one /64). 0 = no limit. Behind a mesh or a load balancer:
    /// set 0.
    /// </summary>
    [Range(0, 1_000_000)]
    public int MaxDiagnosticStreamsPerPeer { get; set; } = 200;
}
