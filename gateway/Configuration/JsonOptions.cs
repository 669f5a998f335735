namespace Rke.Gateway.Configuration;

/// <summary>Section <c>Rke:Json</c>: the gRPC API as JSON over HTTP.</summary>
internal sealed record JsonOptions
{
    /// <summary>
    /// <c>true</c> serves the gRPC API as JSON (docs/JSON.md), with its OpenAPI document and a page that shows it. With <c>https://</c> the
    /// gRPC port serves it, over HTTP/1.1 and HTTP/2. Without TLS the HTTP port serves it over HTTP/1.1. Be careful when you expose that
    /// port, because it also serves the pages for operators. None = only with the embedded key servers
    /// </summary>
    public bool? Enabled { get; set; }

    /// <summary>
    /// Origins whose pages may call, such as <c>https://app.example.com</c>. <c>*</c> = all. Separate several with commas, or write a list.
    /// Pages of the same origin need no entry. Requires <c>Rke:Json:Enabled</c>.
    /// </summary>
    [Origin]
    public List<string> Origins { get; set; } = [];

    public bool IsServed => Enabled == true;

    /// <summary>A gRPC port without TLS speaks only HTTP/2. Then the HTTP port serves JSON.</summary>
    public bool IsOnHttpPort(GrpcOptions grpc) => IsServed && !grpc.Url.IsTls;

    public IEnumerable<string> Problems()
    {
        if (Origins.Count > 0 && Enabled != true)
        {
            yield return "Origins: it has no effect without Rke:Json:Enabled; set Rke:Json:Enabled to true, or remove it.";
        }
    }
}
