using Rke.Gateway.Configuration;

namespace Rke.Gateway.Listening;

/// <summary>The options of section <c>Rke:Grpc</c> for gRPC-Web.</summary>
internal sealed record WebOptions
{
    /// <summary>
    /// <c>true</c> serves gRPC-Web for browsers. With <c>https://</c> the gRPC port serves it, over HTTP/1.1 and HTTP/2.
    /// Without TLS the HTTP port serves it over HTTP/1.1. Be careful when you expose that port, because it also serves the
    /// pages for operators.
    /// </summary>
    public bool Web { get; set; }

    /// <summary>
    /// Origins whose pages may call, such as <c>https://app.example.com</c>. <c>*</c> = all. Separate several with commas,
    /// or write a list. Pages of the same origin need no entry. Requires <c>Rke:Grpc:Web</c>.
    /// </summary>
    [Origin]
    public List<string> WebOrigins { get; set; } = [];

    /// <summary>A gRPC port without TLS speaks only HTTP/2. Then the HTTP port serves gRPC-Web.</summary>
    public bool IsOnHttpPort(GrpcOptions grpc) => Web && !grpc.Url.IsTls;

    public IEnumerable<string> Problems()
    {
        if (WebOrigins.Count > 0 && !Web)
        {
            yield return "WebOrigins: it has no effect without Rke:Grpc:Web; set Rke:Grpc:Web to true, or remove it.";
        }
    }
}
