using Microsoft.AspNetCore.Connections.Features;

namespace Rke.Gateway.Listening;

/// <summary>
/// Pages for operators are served on the HTTP port only. The gRPC port is for callers. It always has TLS or speaks HTTP/2; the
/// HTTP port has neither.
/// </summary>
internal static class HttpPort
{
    /// <summary>Answers 404 to requests that arrive on the gRPC port.</summary>
    public static TBuilder OnHttpPortOnly<TBuilder>(this TBuilder page)
        where TBuilder : IEndpointConventionBuilder
    {
        page.Add(endpoint =>
        {
            var next = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = context =>
            {
                if (!HttpProtocol.IsHttp2(context.Request.Protocol) && context.Features.Get<ITlsHandshakeFeature>() is null)
                {
                    return next(context);
                }

                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            };
        });
        return page;
    }
}
