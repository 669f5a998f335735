using Microsoft.Extensions.Diagnostics.HealthChecks;
using Rke.Gateway.Coins;
using Rke.Gateway.Networks;

namespace Rke.Gateway.Health;

/// <summary>Unhealthy while a configured network has no coin.</summary>
internal sealed class CoinHealthCheck(NetworkDirectory networks, CoinShelf shelf) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(HealthLines.ToResult(
            HealthStatus.Unhealthy,
            networks.Networks
                .Where(network => shelf.Of(network.Id).Ids.Count == 0)
                .Select(network =>
                    $"No coin of network {network.Id} is loaded; put its RAIDA key files into the folder of Rke:Keys:Path.")));
}
