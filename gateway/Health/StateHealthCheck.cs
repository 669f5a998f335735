using Microsoft.Extensions.Diagnostics.HealthChecks;
using Rke.Gateway.State;

namespace Rke.Gateway.Health;

/// <summary>Unhealthy while Redis cannot be reached: PostKey needs the shared state.</summary>
internal sealed class StateHealthCheck(IStateHealth state) : IHealthCheck
{
    private static readonly Task<HealthCheckResult> Down = Task.FromResult(HealthCheckResult.Unhealthy(
        "The state that the replicas share cannot be reached; look at Redis and at Rke:Redis:Endpoints."));

    private static readonly Task<HealthCheckResult> Up = Task.FromResult(HealthCheckResult.Healthy());

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        state.IsUp ? Up : Down;
}
