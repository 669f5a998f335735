using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Rke.Gateway.Health;

/// <summary>Unhealthy from the moment the gateway begins to stop, before it refuses any call.</summary>
internal sealed class ShutdownHealthCheck(IHostApplicationLifetime lifetime) : IHealthCheck
{
    private static readonly Task<HealthCheckResult> Stopping =
        Task.FromResult(HealthCheckResult.Unhealthy("The gateway is stopping."));

    private static readonly Task<HealthCheckResult> Running = Task.FromResult(HealthCheckResult.Healthy());

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        lifetime.ApplicationStopping.IsCancellationRequested ? Stopping : Running;
}
