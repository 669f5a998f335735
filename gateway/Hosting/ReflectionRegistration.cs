using Google.Rpc;
using Grpc.Reflection;
using Rke.V1;
using HealthService = Grpc.Health.V1.Health;
using ReflectionV1 = Grpc.Reflection.V1.ServerReflection;
using ReflectionV1Alpha = Grpc.Reflection.V1Alpha.ServerReflection;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace Rke.Gateway.Hosting;

/// <summary>
/// Adds gRPC reflection for all services, and for the google.rpc messages of error details, so that tools can print the details.
/// </summary>
internal static class ReflectionRegistration
{
    private static readonly ServiceDescriptor[] Services =
    [
        RkeService.Descriptor, RkeSessionService.Descriptor, HealthService.Descriptor, ReflectionV1.Descriptor,
        ReflectionV1Alpha.Descriptor,
    ];

    public static void AddReflection(this IServiceCollection services)
    {
        var names = Services.Select(service => service.FullName).ToList();
        var symbols = SymbolRegistry.FromFiles(Services.Select(service => service.File)
            .Append(ErrorDetailsReflection.Descriptor)
            .Append(StatusReflection.Descriptor));

        // The package adds its own implementations, without google.rpc, only if there are none.
        services.AddSingleton(new ReflectionServiceImpl(names, symbols));
        services.AddSingleton(new ReflectionV1ServiceImpl(names, symbols));
        services.AddGrpcReflection();
    }
}
