using System.Diagnostics.CodeAnalysis;
using Grpc.AspNetCore.Server;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Rke.Grpc.Server;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps gRPC services to their paths.</summary>
public static class GrpcEndpointRouteBuilderExtensions
{
    private const DynamicallyAccessedMemberTypes ServiceMembers =
        DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.PublicMethods;

    /// <summary>
    /// Serves every method of the service. A service that is registered as a singleton is looked up once; otherwise
    /// every call gets its own.
    /// </summary>
    public static GrpcServiceEndpointConventionBuilder MapGrpcService<
        [DynamicallyAccessedMembers(ServiceMembers)] TService>(this IEndpointRouteBuilder builder)
        where TService : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.ServiceProvider;
        var mapped = services.GetService<MappedServices>() ?? throw new InvalidOperationException(
            "gRPC is not set up: call 'IServiceCollection.AddGrpc' before mapping services.");
        var all = services.GetRequiredService<IOptions<GrpcServiceOptions>>().Value;
        var own = services.GetRequiredService<IOptions<GrpcServiceOptions<TService>>>().Value;
        var settings = CallSettings.Settle(all, own);
        var pipeline = new Pipeline<TService>(
            Activator<TService>.For(typeof(TService), [], services),
            [.. settings.Interceptors.Select(interceptor => Activator<Interceptor>.For(
                interceptor.Type, [.. interceptor.Arguments], services))]);

        var binder = new ServiceMethodBinder<TService>(
            builder,
            pipeline,
            settings,
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILoggerFactory>().CreateLogger("Rke.Grpc.Server"));
        ServiceBinding.Bind<TService>(binder);

        mapped.Add(binder.ServiceNames, ignoresUnknown: all.IgnoreUnknownServices ?? false);
        return new GrpcServiceEndpointConventionBuilder(binder.Endpoints);
    }
}
