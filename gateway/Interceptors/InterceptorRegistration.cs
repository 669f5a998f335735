using Rke.Gateway.Configuration;
using Rke.Gateway.Policy;

namespace Rke.Gateway.Interceptors;

/// <summary>Adds gRPC and its interceptor.</summary>
internal static class InterceptorRegistration
{
    public static void AddInterceptors(this IServiceCollection services, GatewayOptions options)
    {
        services.AddSingleton<FailureReasons>();
        services.AddSingleton<HealthWatches>();
        services.AddSingleton<CallerQuota>();
        if (options.Of<PolicyOptions>().Path is not null)
        {
            services.AddSingleton<CallAuthorization>();
        }

        services.AddSingleton<CallEntry>();
        services.AddSingleton<GatewayInterceptor>();
        services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = options.Of<GrpcOptions>().MaxMessageSize;
            grpc.IgnoreUnknownServices = true; // UnservedRequests answers them.
            grpc.Interceptors.Add<GatewayInterceptor>();
        });
    }
}
