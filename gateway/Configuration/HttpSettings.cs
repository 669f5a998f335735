using System.Net;

namespace Rke.Gateway.Configuration;

/// <summary>Section <c>Rke:Http</c>.</summary>
/// <param name="Url">Where /healthz and /readyz are served, HTTP/1.1.</param>
internal sealed record HttpSettings(ListenUrl Url)
{
    public static readonly ListenUrl DefaultUrl = new(IPAddress.Loopback, 5002);

    public static HttpSettings Read(SettingsReader reader) =>
        new(reader.Read<ListenUrl>("Url", ListenUrl.TryParse, ListenUrl.Fix) ?? DefaultUrl);
}
