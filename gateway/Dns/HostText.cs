using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Rke.Gateway.Dns;

/// <summary>Reads hosts and ports strictly: no <c>1</c> for 0.0.0.1, no octal, no signs.</summary>
internal static class HostText
{
    private const int Ipv4Parts = 4;

    /// <summary>
    /// A name or a literal address, in its usual spelling. What another reader could take for an address, such as
    /// <c>0x7f.1</c>, is neither; and an address belongs to no interface (<c>%eth0</c>).
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out string? host)
    {
        host = null;
        if (IPAddress.TryParse(text, out _))
        {
            host = !text.Contains('%') && TryParseAddress(text, out var address) ? address.ToString() : null;
        }
        else if (!IsAllNumbers(text) && DnsName.TryParse(text, out var name, out _))
        {
            host = name.Value;
        }

        return host is not null;
    }

    /// <summary>Four decimal numbers with dots, or an IPv6 address without brackets.</summary>
    public static bool TryParseAddress(ReadOnlySpan<char> text, [NotNullWhen(true)] out IPAddress? address)
    {
        if (!IPAddress.TryParse(text, out address))
        {
            return false;
        }

        var isStrict = address.AddressFamily == AddressFamily.InterNetworkV6
            ? !text.Contains('[')
            : text.Count('.') == Ipv4Parts - 1 && text.SequenceEqual(address.ToString());
        address = isStrict ? address : null;
        return isStrict;
    }

    /// <summary>An address that a caller names: of no interface, and <c>::ffff:192.0.2.1</c> is 192.0.2.1.</summary>
    public static bool TryParseTarget(ReadOnlySpan<char> text, [NotNullWhen(true)] out IPAddress? address)
    {
        if (text.Contains('%') || !TryParseAddress(text, out address))
        {
            address = null;
            return false;
        }

        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return true;
    }

    /// <summary>1-65535.</summary>
    public static bool TryParsePort(ReadOnlySpan<char> text, out ushort port) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port != 0;

    /// <summary>Digits and dots alone: an address, maybe a wrong one, but never a name.</summary>
    public static bool IsAllNumbers(ReadOnlySpan<char> text) =>
        text.IndexOfAnyExceptInRange('.', '9') < 0 && !text.Contains('/');
}
