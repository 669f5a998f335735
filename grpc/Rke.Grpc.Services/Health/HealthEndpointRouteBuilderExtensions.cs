using Microsoft.AspNetCore.Routing;
using Rke.Grpc.Services;

namespace Microsoft.AspNetCore.Builder;

public static class HealthEndpointRouteBuilderExtensions
{
    /// <summary>Serves <c>grpc.health.v1.Health</c>.</summary>
    public static GrpcServiceEndpointConventionBuilder MapGrpcHealth(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGrpcService<HealthService>();
}
