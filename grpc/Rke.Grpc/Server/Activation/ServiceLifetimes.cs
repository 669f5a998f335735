using Microsoft.Extensions.DependencyInjection;

namespace Rke.Grpc.Server;

/// <summary>Knows how a type is registered, so that singletons are not looked up for every call.</summary>
internal sealed class ServiceLifetimes(IServiceCollection services)
{
    /// <summary>The lifetime of the type's last registration; null where it has none.</summary>
    public ServiceLifetime? Of(Type type) =>
        services.LastOrDefault(service => service.ServiceType == type && !service.IsKeyedService)?.Lifetime;
}
