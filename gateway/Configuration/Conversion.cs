using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Rke.Dns;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Gateway.Configuration;

/// <summary>Reads a value of one type. Add a line to <see cref="Of"/> for a new type of options.</summary>
/// <param name="Parse">Returns null if the text is not a value of the type.</param>
/// <param name="Fix">What to write instead of such a text.</param>
internal sealed record Conversion(Func<string, object?> Parse, string Fix)
{
    private static readonly Dictionary<Type, Conversion> Conversions = new()
    {
        [typeof(string)] = new(text => text, ""),
        [typeof(bool)] = new(text => bool.TryParse(text, out var flag) ? flag : null, "write true or false"),
        [typeof(int)] = new(
            text => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null,
            "write a whole number"),
        [typeof(ushort)] = new(
            text => ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null,
            "write a whole number"),
        [typeof(double)] = new(
            text => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : null,
            "write a number"),

        [typeof(TimeSpan)] = new(
            text => DurationText.TryParse(text, out var time) ? time : null, "write a time such as 5s, 2m or 00:00:05"),
        [typeof(Uri)] = new(
            text => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri : null,
            "write an address such as http://127.0.0.1:4317"),
        [typeof(ListenUrl)] = new(text => ListenUrl.TryParse(text, out var url) ? url : null, ListenUrl.Fix),
        [typeof(HostEndpoint)] = new(
            text => HostPort.TryParse(text, out var endpoint) ? endpoint : null,
            "write host:port, such as 203.0.113.7:50014, raida14.example.com:50014 or [2001:db8::7]:50014"),
        [typeof(IPEndPoint)] = new(ParseEndPoint, "write an IP address and a port, such as 0.0.0.0:75 or [::]:75"),
        [typeof(IPNetwork)] = new(text => ParseRange(text), "write an address or a range, such as 127.0.0.1 or 10.1.0.0/16"),
        [typeof(AllowedTarget)] = new(
            text => AllowedTarget.TryParse(text, out var target) ? target : null,
            "write a host name, an IP address, or a range such as 198.51.100.0/24 or 2001:db8::/32"),
        [typeof(DnsName)] = new(
            text => DnsName.TryParse(text, out var name, out _) ? name : null, "write a domain such as cloudcoin.raida"),

        [typeof(CoinRange)] = new(
            text => CoinRange.TryParse(text, out var range) ? range : null,
            "write a serial number or a range, such as 1500, 1000-1999 or 0/1000-1999"),

        // RAIDA ids are the only bytes of the configuration.
        [typeof(byte)] = new(text => ParseRaidaId(text), $"write a RAIDA id, 0 to {RaidaNetwork.MaxRaidaId} without leading zeros"),
    };

    /// <summary>The conversion to a type. Enumerations need no line.</summary>
    public static Conversion Of(Type type) => type.IsEnum
        ? new(text => ParseName(type, text), $"write {string.Join(" or ", Enum.GetNames(type)).ToLowerInvariant()}")
        : Conversions[type];

    public bool TryParse(string text, [NotNullWhen(true)] out object? value) => (value = Parse(text)) is not null;

    // Enum.Parse also reads numbers and lists.
    private static object? ParseName(Type type, string text) =>
        Enum.GetNames(type).Contains(text, StringComparer.OrdinalIgnoreCase) ? Enum.Parse(type, text, ignoreCase: true) : null;

    // An address without a port would have port 0, and the end of an IPv6 address without brackets looks like a port.
    private static IPEndPoint? ParseEndPoint(string text)
    {
        var colon = text.LastIndexOf(':');
        var isBracketed = text.StartsWith('[') && colon > 0 && text[colon - 1] == ']';
        return IPEndPoint.TryParse(text, out var endPoint)
            && text.EndsWith($":{endPoint.Port}", StringComparison.Ordinal)
            && (isBracketed || text.IndexOf(':', StringComparison.Ordinal) == colon)
            ? endPoint
            : null;
    }

    private static IPNetwork? ParseRange(string text)
    {
        if (IPNetwork.TryParse(text, out var range))
        {
            return range;
        }

        return IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8) : null;
    }

    private static byte? ParseRaidaId(string text) =>
        byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var raidaId)
        && raidaId <= RaidaNetwork.MaxRaidaId
        && (text.Length == 1 || text[0] != '0')
            ? raidaId
            : null;
}
