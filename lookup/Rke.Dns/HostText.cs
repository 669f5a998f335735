using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Rke.Dns;

/// <summary>Parses hosts and ports strictly: no short forms such as <c>1</c> for 0.0.0.1, no octal numbers, no signs.</summary>
public static class HostText
{
    private const int Ipv4Parts = 4;

    /// <summary>
    /// Parses a name, or an address in its usual notation. Rejects texts that other parsers accept as an address, such as
    /// <c>0x7f.1</c>, and addresses with an interface (<c>%eth0</c>).
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out string? host)
    {
        host = null;
        if (IPAddress.TryParse(text, out _))
        {
            host = !text.Contains('%') && TryParseAddress(text, out var address) ? address.ToString() : null;
        }
        else if (!IsAddressLike(text) && DnsName.TryParse(text, out var name, out _))
        {
            host = name.Value;
        }

        return host is not null;
    }

    /// <summary>Parses four decimal numbers with dots, or an IPv6 address without brackets.</summary>
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

    /// <summary>Parses an address of a caller, without an interface. Maps <c>::ffff:192.0.2.1</c> to 192.0.2.1.</summary>
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

    /// <summary>
    /// Whether some parser accepts the text, or the text without its trailing dot, as an address. <c>0x7f.1.</c> is not a name, because
    /// its canonical form <c>0x7f.1</c> is 127.0.0.1 for many programs.
    /// </summary>
    public static bool IsAddressLike(ReadOnlySpan<char> text) =>
        IsAllNumbers(text) || IPAddress.TryParse(text is [.., '.'] ? text[..^1] : text, out _);

    // A text of digits and dots is a valid or invalid address, and not a name.
    private static bool IsAllNumbers(ReadOnlySpan<char> text) =>
        text.IndexOfAnyExceptInRange('.', '9') < 0 && !text.Contains('/');
}

/// <summary>A name or literal address, in lower case and without brackets, and a port 1-65535.</summary>
public readonly record struct HostEndpoint(string Host, ushort Port);
