namespace Rke.Gateway.Hosting;

/// <summary>Pages are served on the HTTP port alone: the gRPC port, which alone speaks HTTP/2, is for callers.</summary>
internal static class HttpPort
{
    public static RouteHandlerBuilder OnHttpPortOnly(this RouteHandlerBuilder page) => page.AddEndpointFilter((context, next) =>
        HttpProtocol.IsHttp2(context.HttpContext.Request.Protocol) ? new(Results.NotFound()) : next(context));
}
