namespace Rke.Gateway.Lookup;

/// <summary>What the membership records of a domain say, as far as they can be read.</summary>
/// <param name="Memberships">In the order of the records, each once.</param>
/// <param name="KeyServers">In the order of the records, each once.</param>
/// <param name="IsAnonymousFine">Receivers need not authenticate: an <c>anonymous=ok</c>, or no record at all.</param>
/// <param name="Signal">Where the section that fits the domain best says to signal.</param>
/// <param name="Unreadable">Lines that could not be read.</param>
internal sealed record MembershipRecords(
    IReadOnlyList<Membership> Memberships,
    IReadOnlyList<KeyServer> KeyServers,
    bool IsAnonymousFine,
    HostEndpoint? Signal,
    IReadOnlyList<string> Unreadable)
{
    public static MembershipRecords None { get; } = new([], [], IsAnonymousFine: false, Signal: null, []);
}
