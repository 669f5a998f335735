using Microsoft.Extensions.Diagnostics.HealthChecks;
using Rke.Gateway.Networks;

namespace Rke.Gateway.Health;

/// <summary>Logs each change of readiness and keeps the last result for the metric <c>rke_ready</c>.</summary>
internal sealed class ReadinessPublisher(
    NetworkDirectory networks, IHostApplicationLifetime lifetime, ILogger<ReadinessPublisher> logger) : IHealthCheckPublisher
{
    private volatile string? _lastReasons;

    /// <summary>Whether the last report was healthy or degraded, and the gateway does not stop.</summary>
    public bool IsReady => _lastReasons is { Length: 0 } && !lifetime.ApplicationStopping.IsCancellationRequested;

    public Task PublishAsync(HealthReport report, CancellationToken cancellationToken)
    {
        var reasons = string.Join(' ', HealthLines.Of(report, HealthStatus.Unhealthy));
        if (reasons == _lastReasons)
        {
            return Task.CompletedTask;
        }

        _lastReasons = reasons;
        if (reasons.Length == 0)
        {
            Log.Ready(logger, string.Join(", ", networks.Networks.Select(network =>
                $"network {network.Id} ({network.Profile.ToString().ToLowerInvariant()}, {network.Servers.Count} key servers)")));
        }
        else
        {
            Log.NotReady(logger, reasons);
        }

        return Task.CompletedTask;
    }
}
