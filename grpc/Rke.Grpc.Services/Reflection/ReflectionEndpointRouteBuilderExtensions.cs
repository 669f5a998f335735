using Microsoft.AspNetCore.Routing;
using Rke.Grpc.Services;

namespace Microsoft.AspNetCore.Builder;

public static class ReflectionEndpointRouteBuilderExtensions
{
    /// <summary>Serves <c>grpc.reflection.v1</c> and <c>grpc.reflection.v1alpha</c>.</summary>
    public static void MapGrpcReflection(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGrpcService<ReflectionService>();
        endpoints.MapGrpcService<ReflectionV1AlphaService>();
    }
}
