using Rke.Gateway.Dns;

namespace Rke.Gateway.Lookup;

/// <summary>What is known of a domain.</summary>
/// <param name="Domain">The domain that was asked for.</param>
/// <param name="Source">Where it is known from.</param>
/// <param name="Signals">Where to signal, in the order to try; empty where the domain refuses the service.</param>
/// <param name="Records">Memberships, key servers, and what could not be read.</param>
/// <param name="Ttl">How long it still holds; zero when stale.</param>
/// <param name="IsStale">Its time is over, and nobody could be asked for a fresh one.</param>
internal sealed record LookupAnswer(
    DnsName Domain,
    LookupSource Source,
    IReadOnlyList<HostEndpoint> Signals,
    MembershipRecords Records,
    TimeSpan Ttl,
    bool IsStale)
{
    /// <summary>Where those who were asked differ.</summary>
    public IReadOnlyList<string> Conflicts { get; init; } = [];
}
