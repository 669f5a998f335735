using System.Globalization;
using Rke.Dns;
using Rke.Wire;

namespace Rke.Lookup.Memberships;

/// <summary>The values of one section, such as <c>[www.example.com]</c>, or of the lines before the first section.</summary>
public sealed class MembershipSection(DnsName domain, HostPattern? pattern)
{
    /// <summary>The default port of signalling services (docs/LOOKUP.md, docs/WIRE.md §3).</summary>
    public const ushort DefaultSignalPort = 75;

    private ushort? _network;
    private uint? _split;
    private uint? _stripe;
    private sbyte? _denomination;
    private uint? _serialNumber;
    private uint? _clientPrivacy;
    private uint? _serverAuthentication;
    private ushort? _signalPort;
    private string? _signalHost;

    public string Host => pattern?.For(domain) ?? domain.Value;

    /// <summary>How well the section matches the domain: 0 is best. Null if it does not match.</summary>
    public int? Distance => pattern is null ? 0 : !pattern.Matches(domain) ? null : pattern.IsExact ? 0 : 1;

    public bool HasNetwork => _network is not null;

    private bool HasAny =>
        _network is not null || _split is not null || _stripe is not null || _denomination is not null
        || _serialNumber is not null || _clientPrivacy is not null || _serverAuthentication is not null
        || _signalPort is not null || _signalHost is not null;

    public HostEndpoint? Signal => _signalHost is null && _signalPort is null
        ? null
        : new HostEndpoint(_signalHost ?? domain.Value, _signalPort ?? DefaultSignalPort);

    /// <summary>A new section for the same hosts.</summary>
    public MembershipSection Next() => new(domain, pattern);

    /// <summary>
    /// The membership of the section. Null if a section has no values, or if the lines before the first section have no <c>co</c>.
    /// </summary>
    public Membership? ToMembership()
    {
        if (pattern is null ? _network is null : !HasAny)
        {
            return null;
        }

        var coin = _denomination is null && _serialNumber is null
            ? null
            : (CoinId?)new CoinId(_denomination ?? 0, _serialNumber ?? 0);
        return new Membership(
            Host,
            _network ?? Membership.DefaultNetwork,
            _split ?? 0,
            _stripe ?? 0,
            coin,
            _clientPrivacy ?? 0,
            _serverAuthentication ?? 0,
            Signal);
    }

    /// <summary>Sets a value. Returns false if the name is unknown, if the value is already set, or if it is invalid.</summary>
    public bool TrySet(ReadOnlySpan<char> name, ReadOnlySpan<char> value) => name switch
    {
        "co" => MembershipParser.IsNetwork(value, out _) && TrySet(value, ref _network),
        "sp" => TrySet(value, ref _split),
        "st" => TrySet(value, ref _stripe),
        "dn" => TrySet(value, ref _denomination, NumberStyles.AllowLeadingSign),
        "id" => TrySet(value, ref _serialNumber),
        "cp" => TrySet(value, ref _clientPrivacy),
        "sa" => TrySet(value, ref _serverAuthentication),
        "srv_port" => HostText.TryParsePort(value, out _) && TrySet(value, ref _signalPort),
        "srv_target" => TrySetSignalHost(value),
        _ => false,
    };

    private static bool TrySet<T>(ReadOnlySpan<char> value, ref T? field, NumberStyles styles = NumberStyles.None)
        where T : struct, System.Numerics.INumber<T>
    {
        if (field is not null || !T.TryParse(value, styles, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        field = number;
        return true;
    }

    private bool TrySetSignalHost(ReadOnlySpan<char> value)
    {
        if (_signalHost is not null)
        {
            return false;
        }

        if (value is ['[', .. var inner, ']'])
        {
            value = inner;
        }

        if (value is ['%', '.', ..])
        {
            _signalHost = HostPattern.TryParse(value, out var host) && host.Matches(domain) ? domain.Value : null;
            return _signalHost is not null;
        }

        return HostText.TryParse(value, out _signalHost);
    }
}
