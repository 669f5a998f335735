using Microsoft.Extensions.Diagnostics.HealthChecks;
using Rke.Gateway.Configuration;
using Rke.V1;

namespace Rke.Gateway.Health;

/// <summary>The readiness checks. The gRPC health service and the HTTP pages serve the same results.</summary>
internal static class HealthRegistration
{
    /// <summary>
    /// A service name that is SERVING while the process runs. A liveness probe asks for it: a restart does not help a gateway
    /// that waits for Redis.
    /// </summary>
    public const string Liveness = "liveness";

    // The health service reports UNKNOWN for a service without any check.
    private const string Process = "process";

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    public static void AddHealth(this IServiceCollection services, GatewaySettings settings)
    {
        var checks = services.AddGrpcHealthChecks(health =>
        {
            health.Services.Map(RkeService.Descriptor.FullName, _ => true);
            health.Services.Map(RkeSessionService.Descriptor.FullName, _ => true);
            health.Services.Map(Liveness, check => check.Name == Process);
        });
        checks.AddCheck(Process, () => HealthCheckResult.Healthy());
        checks.AddCheck<ShutdownHealthCheck>("shutdown");
        checks.AddCheck<CoinHealthCheck>("coins");
        checks.AddCheck<ReloadHealthCheck>("reload");
        if (settings.Keys.Path is not null)
        {
            checks.AddCheck<KeyFileHealthCheck>("key_files");
        }

        if (settings.Redis.IsConfigured)
        {
            checks.AddCheck<StateHealthCheck>("state");
        }

        services.AddSingleton<ReadinessPublisher>();
        services.AddSingleton<IHealthCheckPublisher>(provider => provider.GetRequiredService<ReadinessPublisher>());
        services.Configure<HealthCheckPublisherOptions>(publisher =>
        {
            publisher.Delay = TimeSpan.Zero;
            publisher.Period = Period;
        });
    }
}
