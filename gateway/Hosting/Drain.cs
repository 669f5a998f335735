using Rke.Gateway.Configuration;

namespace Rke.Gateway.Hosting;

/// <summary>
/// The pause between NOT_SERVING (<see cref="Health.ShutdownHealthCheck"/>) and the end of new connections. During the pause,
/// load balancers and clients choose other replicas. Then Kestrel sends GOAWAY and finishes the calls in flight.
/// </summary>
internal sealed class Drain(
    DrainSettings settings, IHostApplicationLifetime lifetime, TimeProvider timeProvider, ILogger<Drain> logger)
    : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStopping.Register(() => Log.Stopping(logger));
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The host waits for this before it stops anything.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        // A signal has said so already; whoever stops the host by other means has not.
        lifetime.StopApplication();
        return settings.Delay > TimeSpan.Zero
            ? Task.Delay(settings.Delay, timeProvider, CancellationToken.None)
            : Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
