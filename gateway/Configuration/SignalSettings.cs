using System.Net;

namespace Rke.Gateway.Configuration;

/// <summary>Section <c>Rke:Signal</c>.</summary>
/// <param name="Port">Where a domain's signalling service listens when its records do not say.</param>
/// <param name="Listen">Where Signals for this gateway are received; null = nowhere.</param>
/// <param name="CollectTimeout">How long the parts of one Signal are waited for.</param>
/// <param name="MaxConcurrent">How many Signals are worked on at a time; what comes then is not answered.</param>
/// <param name="SourceRate">New Signals a second that one source (IPv4 /24, IPv6 /56) may bring in the long run.</param>
/// <param name="SourceBurst">How many of them at once.</param>
internal sealed record SignalSettings(
    ushort Port, IPEndPoint? Listen, TimeSpan CollectTimeout, int MaxConcurrent, int SourceRate, int SourceBurst)
{
    public const ushort DefaultPort = 75;

    public static SignalSettings Read(SettingsReader reader) => new(
        (ushort)(reader.Number("Port", 1, ushort.MaxValue) ?? DefaultPort),
        ReadListen(reader),
        reader.Time("CollectTimeout", TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1)) ?? TimeSpan.FromSeconds(3),
        reader.Number("MaxConcurrent", 1, 100_000) ?? 256,
        reader.Number("SourceRate", 1, 1_000_000) ?? 20,
        reader.Number("SourceBurst", 1, 1_000_000) ?? 100);

    private static IPEndPoint? ReadListen(SettingsReader reader)
    {
        const string Fix = "write an IP address and a port, such as 0.0.0.0:75 or [::]:75";
        if (reader.Text("Listen") is not { } text)
        {
            return null;
        }

        // An address alone would have port 0, and the end of one without brackets looks like a port.
        var colon = text.LastIndexOf(':');
        var isBracketed = text.StartsWith('[') && colon > 0 && text[colon - 1] == ']';
        if (IPEndPoint.TryParse(text, out var endPoint) && text.EndsWith($":{endPoint.Port}", StringComparison.Ordinal)
            && (isBracketed || text.IndexOf(':', StringComparison.Ordinal) == colon))
        {
            return endPoint;
        }

        reader.Reject("Listen", $"'{text}' cannot be used", Fix);
        return null;
    }
}
