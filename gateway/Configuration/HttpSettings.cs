using System.Net;

namespace Rke.Gateway.Configuration;

/// <summary>Section <c>Rke:Http</c>.</summary>
/// <param name="Url">Where /healthz, /readyz and /metrics are served over HTTP/1.1; gRPC-Web too where the gRPC port has no TLS.</param>
internal sealed record HttpSettings(ListenUrl Url)
{
    public static readonly ListenUrl DefaultUrl = new(IPAddress.Loopback, 5002);

    public static HttpSettings Read(SettingsReader reader) =>
        new(reader.Read<ListenUrl>("Url", TryParse, ListenUrl.Fix) ?? DefaultUrl);

    // Probes and scrapers come here without certificates.
    private static bool TryParse(string text, out ListenUrl url) => ListenUrl.TryParse(text, out url) && !url.IsTls;
}
