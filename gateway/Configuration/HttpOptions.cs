using System.Net;

namespace Rke.Gateway.Configuration;

/// <summary>Section <c>Rke:Http</c>: the HTTP port. Probes and scrapers use it without certificates.</summary>
internal sealed record HttpOptions
{
    /// <summary>
    /// Address of the HTTP port, plain HTTP/1.1: <c>/healthz</c>, <c>/readyz</c>, <c>/metrics</c>. Do not expose it to the
    /// public.
    /// </summary>
    [PlainUrl]
    public ListenUrl Url { get; set; } = new(IPAddress.Loopback, 5002);
}
