using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Rke.Grpc.Server;

/// <summary>
/// Answers UNIMPLEMENTED to gRPC requests for services and methods that are not here. Behind all endpoints rather than
/// as endpoints of its own: those would be candidates, with route values, for every call that is here.
/// </summary>
internal sealed class UnknownCalls(MappedServices mapped, TimeProvider timeProvider) : IStartupFilter
{
    private static readonly Status Service = new(StatusCode.Unimplemented, "Service is unimplemented.");
    private static readonly Status Method = new(StatusCode.Unimplemented, "Method is unimplemented.");

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        next(app);
        app.Use(Answer);
    };

    private Task Answer(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint() is not null
            || context.Response.HasStarted
            || !HttpMethods.IsPost(context.Request.Method)
            || !GrpcRequest.IsGrpcContentType(context.Request.ContentType)
            || !mapped.TryFind(context.Request.Path, out var isServiceKnown))
        {
            return next(context);
        }

        return GrpcRequest.TryAccept(context, out var refused)
            ? RefuseAsync(context, isServiceKnown ? Method : Service)
            : refused;
    }

    private async Task RefuseAsync(HttpContext context, Status status)
    {
        CallResponse.EndTrailersOnly(context.Response, status, trailers: null);
        await RequestEnd.AwaitAsync(context, timeProvider);
    }
}
