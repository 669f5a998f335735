using Grpc.Health.V1;
using Rke.Gateway.Networks;
using Rke.Grpc.Services;
using Rke.V1;

namespace Rke.Gateway.Health;

/// <summary>
/// Tells the gRPC health service how the gateway is: NOT_SERVING until it is ready, and again at once when it stops,
/// before any call is refused.
/// </summary>
internal sealed class HealthReport(
    Readiness readiness,
    GrpcHealth health,
    NetworkDirectory networks,
    IHostApplicationLifetime lifetime,
    TimeProvider timeProvider,
    ILogger<HealthReport> logger) : BackgroundService
{
    /// <summary>
    /// Served as long as the process lives, ready or not: what waits for Redis must not be started again for it.
    /// </summary>
    public const string Liveness = "liveness";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private string? _lastReasons;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStopping.Register(() =>
        {
            Log.Stopping(logger);
            readiness.Stop();
            health.Shutdown();
        });
        health.SetStatus(Liveness, HealthCheckResponse.Types.ServingStatus.Serving);
        Report();
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Report();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    private void Report()
    {
        var reasons = string.Join(' ', readiness.FindReasons());
        if (reasons == _lastReasons)
        {
            return;
        }

        _lastReasons = reasons;
        var status = reasons.Length == 0
            ? HealthCheckResponse.Types.ServingStatus.Serving
            : HealthCheckResponse.Types.ServingStatus.NotServing;
        health.SetStatus(GrpcHealth.Overall, status);
        health.SetStatus(RkeService.Descriptor.FullName, status);
        health.SetStatus(RkeSessionService.Descriptor.FullName, status);
        if (reasons.Length == 0)
        {
            Log.Ready(logger, string.Join(", ", networks.Networks.Select(network =>
                $"network {network.Id} ({network.Profile.ToString().ToLowerInvariant()}, {network.Servers.Count} key servers)")));
        }
        else
        {
            Log.NotReady(logger, reasons);
        }
    }
}
