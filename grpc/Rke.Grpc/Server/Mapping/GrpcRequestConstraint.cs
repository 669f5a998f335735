using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Rke.Grpc.Server;

/// <summary>
/// Lets the endpoints for unknown methods match gRPC requests only, so that other pages stay reachable.
/// </summary>
internal sealed class GrpcRequestConstraint : IRouteConstraint
{
    public const string Name = "grpcrequest";

    public bool Match(
        HttpContext? httpContext,
        IRouter? route,
        string routeKey,
        RouteValueDictionary values,
        RouteDirection routeDirection) =>
        httpContext is not null
        && HttpMethods.IsPost(httpContext.Request.Method)
        && GrpcRequest.IsGrpcContentType(httpContext.Request.ContentType);
}
