using System.Diagnostics.CodeAnalysis;
using Rke.Dns;
using Rke.Wire;

namespace Rke.Lookup.Memberships;

/// <summary>A network that hosts of a domain read from.</summary>
/// <param name="HostPattern">A host, or <c>*.example.com</c> for any host of that domain.</param>
/// <param name="Network">0 to 65534. 65534 is a local network.</param>
/// <param name="Split">The value <c>sp</c>.</param>
/// <param name="Stripe">The value <c>st</c>.</param>
/// <param name="Coin">The values <c>dn</c> and <c>id</c>. Null if both are missing.</param>
/// <param name="ClientPrivacy">The value <c>cp</c>.</param>
/// <param name="ServerAuthentication">The value <c>sa</c>. 0 means none.</param>
/// <param name="Signal">The signalling service of these hosts. Null if the section names none.</param>
public sealed record Membership(
    string HostPattern,
    ushort Network,
    uint Split = 0,
    uint Stripe = 0,
    CoinId? Coin = null,
    uint ClientPrivacy = 0,
    uint ServerAuthentication = 0,
    HostEndpoint? Signal = null)
{
    /// <summary>CloudCoin, the network of records that name no network.</summary>
    public const ushort DefaultNetwork = 6;
}

/// <summary>The content of the membership records of a domain.</summary>
/// <param name="Memberships">The memberships in the order of the records, without duplicates.</param>
/// <param name="KeyServers">The key servers in the order of the records, without duplicates.</param>
/// <param name="IsAnonymousFine">Receivers need no authentication: the records have <c>anonymous=ok</c>, or there are no records.</param>
/// <param name="Signal">The signalling service of the section that matches the domain best.</param>
/// <param name="Unreadable">Lines that are not valid.</param>
public sealed record MembershipRecords(
    IReadOnlyList<Membership> Memberships,
    IReadOnlyList<KeyServer> KeyServers,
    bool IsAnonymousFine,
    HostEndpoint? Signal,
    IReadOnlyList<string> Unreadable)
{
    public static MembershipRecords None { get; } = new([], [], IsAnonymousFine: false, Signal: null, []);
}

/// <summary>A single key server of a domain: <c>r0=host number port</c>.</summary>
public sealed record KeyServer(byte RaidaId, HostEndpoint Endpoint, ulong KeyNumber);

/// <summary>
/// The hosts of a section: a host, or <c>*.example.com</c> (the domain and all hosts in it), or <c>%.example.com</c> (the
/// requested host, if it is the domain or a host in it).
/// </summary>
public sealed record HostPattern
{
    private readonly DnsName _name;
    private readonly char? _mark;

    private HostPattern(DnsName name, char? mark)
    {
        _name = name;
        _mark = mark;
    }

    /// <summary>Whether the pattern names one host.</summary>
    public bool IsExact => _mark != '*';

    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out HostPattern? pattern)
    {
        pattern = null;
        char? sign = text is ['*' or '%', '.', ..] ? text[0] : null;
        if (!DnsName.TryParse(sign is null ? text : text[2..], out var name, out _))
        {
            return false;
        }

        pattern = new HostPattern(name, sign);
        return true;
    }

    public bool Matches(DnsName host) => _mark is null ? _name == host : host.IsAtOrUnder(_name.Value);

    /// <summary>The pattern in an answer for <paramref name="host"/>, which replaces a pattern with <c>%</c>.</summary>
    public string For(DnsName host) => _mark switch
    {
        null => _name.Value,
        '%' when Matches(host) => host.Value,
        _ => $"{_mark}.{_name}",
    };
}
