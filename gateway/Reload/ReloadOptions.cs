using Rke.Gateway.Configuration;

namespace Rke.Gateway.Reload;

/// <summary>Section <c>Rke:Reload</c>.</summary>
internal sealed record ReloadOptions
{
    /// <summary>How often the gateway checks files for changes</summary>
    [TimeRange("00:00:00.010", "01:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);
}
