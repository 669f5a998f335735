using Grpc.Health.V1;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Rke.Grpc.Services;

namespace Microsoft.Extensions.DependencyInjection;

public static class HealthServiceCollectionExtensions
{
    /// <summary>
    /// Adds the <see cref="GrpcHealth"/> singleton, on which any part of the process says how it is. Map the service
    /// with <c>MapGrpcHealth</c>.
    /// </summary>
    public static IServiceCollection AddGrpcHealth(
        this IServiceCollection services,
        Action<GrpcHealthOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<GrpcHealthOptions>()
            .Validate(o => o.MaximumWatches > 0 && o.MaximumListed > 0, "The bounds of gRPC health must be positive.");
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddSingleton<GrpcHealth>();
        services.TryAddSingleton<HealthService>();
        services.AddSingleton(new ReflectedService(Health.Descriptor));
        return services;
    }
}
