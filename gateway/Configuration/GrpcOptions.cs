using System.ComponentModel.DataAnnotations;
using System.Net;

namespace Rke.Gateway.Configuration;

/// <summary>
/// Section <c>Rke:Grpc</c>: the gRPC port. The same section has the options of calls (Admission/AdmissionOptions), connections and
/// gRPC-Web (Listening), TLS (Identity/TlsOptions) and the shutdown (Hosting/DrainOptions).
/// </summary>
internal sealed record GrpcOptions
{
    /// <summary>
    /// Address of the gRPC port, which uses HTTP/2: without TLS (h2c) for <c>http://</c>, with TLS for <c>https://</c>.
    /// Write an IP address, <c>localhost</c> (127.0.0.1) or <c>*</c> (all addresses), and a port. Port 0 selects a free
    /// port; the gateway logs it.
    /// </summary>
    public ListenUrl Url { get; set; } = new(IPAddress.Loopback, 5001);

    /// <summary>Maximum size of a request in bytes</summary>
    [Range(1024, 64 << 20)]
    public int MaxMessageSize { get; set; } = 64 << 10;
}
