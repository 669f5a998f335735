using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Rke.Gateway.Health;

/// <summary>
/// Publishes the result of the health checks before the gateway listens, and as soon as it begins to stop. Between them, the framework
/// publishes a result every second.
/// </summary>
internal sealed class HealthPublication(
    HealthCheckService checks, IEnumerable<IHealthCheckPublisher> publishers, IHostApplicationLifetime lifetime) : IHostedService
{
    private CancellationTokenRegistration _onStopping;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _onStopping = lifetime.ApplicationStopping.Register(() => _ = PublishAsync(CancellationToken.None));
        await PublishAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => _onStopping.DisposeAsync().AsTask();

    private async Task PublishAsync(CancellationToken cancellationToken)
    {
        var report = await checks.CheckHealthAsync(cancellationToken);
        foreach (var publisher in publishers)
        {
            await publisher.PublishAsync(report, cancellationToken);
        }
    }
}
