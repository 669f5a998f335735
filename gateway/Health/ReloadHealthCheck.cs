using Microsoft.Extensions.Diagnostics.HealthChecks;
using Rke.Gateway.Reload;

namespace Rke.Gateway.Health;

/// <summary>Degraded while a changed file is refused, or while a changed setting needs a restart.</summary>
internal sealed class ReloadHealthCheck(ReloadWatch watch) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(HealthLines.ToResult(HealthStatus.Degraded, watch.FindWarnings()));
}
