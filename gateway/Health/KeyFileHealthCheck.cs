using Microsoft.Extensions.Diagnostics.HealthChecks;
using Rke.Gateway.Coins;

namespace Rke.Gateway.Health;

/// <summary>Degraded while key files cannot be read. The coins that were loaded before stay in use.</summary>
internal sealed class KeyFileHealthCheck(KeyFolder folder) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(HealthLines.ToResult(HealthStatus.Degraded, folder.Problems));
}
