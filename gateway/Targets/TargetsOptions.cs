using Rke.Gateway.Configuration;

namespace Rke.Gateway.Targets;

/// <summary>Section <c>Rke:Targets</c>: targets in addition to the configured key servers.</summary>
internal sealed record TargetsOptions
{
    /// <summary>
    /// Hosts, addresses and ranges (CIDR) that GetKey endpoints and Signals may address, in addition to the configured key
    /// servers: <c>Allow:0</c>, <c>Allow:1</c> and so on, or one value with commas
    /// </summary>
    public List<AllowedTarget> Allow { get; set; } = [];
}
