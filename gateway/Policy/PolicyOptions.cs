using Rke.Gateway.Configuration;

namespace Rke.Gateway.Policy;

/// <summary>Section <c>Rke:Policy</c>.</summary>
internal sealed record PolicyOptions
{
    /// <summary>
    /// File with the policy: which caller may call what, with which networks and coins, and which peers' sessions it sees
    /// (<see href="SECURITY.md#policy">SECURITY.md</see>). None = all calls are allowed
    /// </summary>
    [ExistingFile]
    public string? Path { get; set; }
}
