using System.Globalization;
using Rke.Gateway.Dns;

namespace Rke.Gateway.Lookup;

/// <summary>The values of one section, <c>[www.example.com]</c>, or of the lines before the first one.</summary>
internal sealed class MembershipSection(DnsName domain, HostPattern? pattern)
{
    /// <summary>The port of a signalling service that names none (docs/LOOKUP.md).</summary>
    public const ushort DefaultSignalPort = 75;

    private ushort? network;
    private uint? split;
    private uint? stripe;
    private sbyte? denomination;
    private uint? serialNumber;
    private uint? clientPrivacy;
    private uint? serverAuthentication;
    private ushort? signalPort;
    private string? signalHost;

    public string Host => pattern?.For(domain) ?? domain.Value;

    /// <summary>How well the section fits the domain: the lesser the better, null = not at all.</summary>
    public int? Distance => pattern is null ? 0 : !pattern.Matches(domain) ? null : pattern.IsExact ? 0 : 1;

    public bool HasNetwork => network is not null;

    private bool HasAny =>
        network is not null || split is not null || stripe is not null || denomination is not null
        || serialNumber is not null || clientPrivacy is not null || serverAuthentication is not null
        || signalPort is not null || signalHost is not null;

    public HostEndpoint? Signal => signalHost is null && signalPort is null
        ? null
        : new HostEndpoint(signalHost ?? domain.Value, signalPort ?? DefaultSignalPort);

    /// <summary>A new section about the same hosts.</summary>
    public MembershipSection Next() => new(domain, pattern);

    /// <summary>
    /// A section that says anything names a network; lines outside of sections do only with <c>co</c>.
    /// </summary>
    public Membership? ToMembership()
    {
        if (pattern is null ? network is null : !HasAny)
        {
            return null;
        }

        var coin = denomination is null && serialNumber is null
            ? null
            : new MembershipCoin(denomination ?? 0, serialNumber ?? 0);
        return new Membership(
            Host,
            network ?? Membership.DefaultNetwork,
            split ?? 0,
            stripe ?? 0,
            coin,
            clientPrivacy ?? 0,
            serverAuthentication ?? 0,
            Signal);
    }

    /// <summary>Sets a value by its name; false when it has none such, has it already, or cannot read it.</summary>
    public bool TrySet(ReadOnlySpan<char> name, ReadOnlySpan<char> value) => name switch
    {
        "co" => MembershipParser.IsNetwork(value, out _) && TrySet(value, ref network),
        "sp" => TrySet(value, ref split),
        "st" => TrySet(value, ref stripe),
        "dn" => TrySet(value, ref denomination, NumberStyles.AllowLeadingSign),
        "id" => TrySet(value, ref serialNumber),
        "cp" => TrySet(value, ref clientPrivacy),
        "sa" => TrySet(value, ref serverAuthentication),
        "srv_port" => HostText.TryParsePort(value, out _) && TrySet(value, ref signalPort),
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
        if (signalHost is not null)
        {
            return false;
        }

        if (value is ['[', .. var inner, ']'])
        {
            value = inner;
        }

        if (value is ['%', '.', ..])
        {
            signalHost = HostPattern.TryParse(value, out var host) && host.Matches(domain) ? domain.Value : null;
            return signalHost is not null;
        }

        return HostText.TryParse(value, out signalHost);
    }
}
