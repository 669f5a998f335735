using System.Net;

namespace Rke.Gateway.Configuration;

/// <summary>Section <c>Rke:Http</c>.</summary>
/// <param name="Url">Where /healthz and /readyz are served, HTTP/1.1.</param>
internal sealed record HttpSettings(ListenUrl Url)
{
    public static readonly ListenUrl DefaultUrl = new(IPAddress.Loopback, 5002);

    public static HttpSettings Read(SettingsReader reader) =>
        new(reader.Read<ListenUrl>("Url", TryParse, ListenUrl.Fix) ?? DefaultUrl);

    // Probes and scrapers come here without certificates.
    private static bool TryParse(string text, out ListenUrl url) => ListenUrl.TryParse(text, out url) && !url.IsTls;
}
