using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Rke.Grpc.Server;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds gRPC to an application.</summary>
public static class GrpcServicesExtensions
{
    public static IGrpcServerBuilder AddGrpc(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddRouting();
        services.AddOptions();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(new ServiceLifetimes(services));
        services.TryAddSingleton<MappedServices>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IStartupFilter, UnknownCalls>());
        return new GrpcServerBuilder(services);
    }

    public static IGrpcServerBuilder AddGrpc(
        this IServiceCollection services, Action<GrpcServiceOptions> configureOptions)
    {
        ArgumentNullException.ThrowIfNull(configureOptions);
        var builder = services.AddGrpc();
        services.Configure(configureOptions);
        return builder;
    }

    /// <summary>Sets options of one service.</summary>
    public static IGrpcServerBuilder AddServiceOptions<TService>(
        this IGrpcServerBuilder grpcBuilder, Action<GrpcServiceOptions<TService>> configure)
        where TService : class
    {
        ArgumentNullException.ThrowIfNull(grpcBuilder);
        ArgumentNullException.ThrowIfNull(configure);
        grpcBuilder.Services.Configure(configure);
        return grpcBuilder;
    }
}
