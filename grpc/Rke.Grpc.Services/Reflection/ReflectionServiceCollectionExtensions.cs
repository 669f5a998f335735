using Grpc.Reflection.V1;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Rke.Grpc.Services;
using DescriptorOfService = Google.Protobuf.Reflection.ServiceDescriptor;
using ServerReflectionV1Alpha = Grpc.Reflection.V1Alpha.ServerReflection;

namespace Microsoft.Extensions.DependencyInjection;

public static class ReflectionServiceCollectionExtensions
{
    /// <summary>
    /// Lets clients ask which services there are and how their messages look: the given ones, reflection itself, and
    /// health if it was added. Map it with <c>MapGrpcReflection</c>.
    /// </summary>
    public static IServiceCollection AddGrpcReflection(
        this IServiceCollection services,
        params DescriptorOfService[] descriptors)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(descriptors);
        services.TryAddSingleton<DescriptorIndex>();
        services.TryAddSingleton<ReflectionService>();
        services.TryAddSingleton<ReflectionV1AlphaService>();
        foreach (var descriptor in descriptors.Append(ServerReflection.Descriptor)
            .Append(ServerReflectionV1Alpha.Descriptor))
        {
            services.AddSingleton(new ReflectedService(descriptor));
        }

        return services;
    }
}
