using Microsoft.Extensions.Diagnostics.HealthChecks;
using Rke.Gateway.Coins;
using Rke.Gateway.Configuration;
using Rke.Gateway.Interceptors;
using Rke.Gateway.Redis;
using Rke.V1;

namespace Rke.Gateway.Health;

/// <summary>The readiness checks. The gRPC health service and the HTTP pages serve the same results.</summary>
internal static class HealthRegistration
{
    // The health service reports UNKNOWN for a service without any check.
    private const string Process = "process";

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    public static void AddHealth(this IServiceCollection services, GatewayOptions options)
    {
        var checks = services.AddGrpcHealthChecks(health =>
        {
            // Anyone may call Check. It returns the last published result, so a call runs no checks.
            health.UseHealthChecksCache = true;
            health.Services.Map(RkeService.Descriptor.FullName, _ => true);
            health.Services.Map(RkeSessionService.Descriptor.FullName, _ => true);
            health.Services.Map(HealthWatches.Liveness, check => check.Name == Process);
        });
        checks.AddCheck(Process, () => HealthCheckResult.Healthy());
        checks.AddCheck<ShutdownHealthCheck>("shutdown");
        checks.AddCheck<CoinHealthCheck>("coins");
        checks.AddCheck<KeyServerHealthCheck>("key_servers");
        checks.AddCheck<RefusedCoinHealthCheck>("refused_coins");
        checks.AddCheck<KeyServerNameHealthCheck>("key_server_names");
        checks.AddCheck<DomainHealthCheck>("domains");
        checks.AddCheck<ReloadHealthCheck>("reload");
        if (options.Of<KeysOptions>().Path is not null)
        {
            checks.AddCheck<KeyFileHealthCheck>("key_files");
        }

        if (options.Of<RedisOptions>().IsConfigured)
        {
            checks.AddCheck<StateHealthCheck>("state");
        }

        services.AddHostedService<HealthPublication>();
        services.AddSingleton<ProcessMeter>();
        services.AddSingleton<ReadinessPublisher>();
        services.AddSingleton<IHealthCheckPublisher>(provider => provider.GetRequiredService<ReadinessPublisher>());
        services.Configure<HealthCheckPublisherOptions>(publisher =>
        {
            publisher.Delay = TimeSpan.Zero;
            publisher.Period = Period;
        });
    }
}
