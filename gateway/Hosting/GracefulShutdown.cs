using Microsoft.Extensions.Options;
using Rke.Gateway.Configuration;
using Rke.Gateway.Listening;

namespace Rke.Gateway.Hosting;

/// <summary>
/// What happens at SIGTERM, in this order:
/// <list type="number">
/// <item>The health service reports NOT_SERVING (<see cref="Health.ShutdownHealthCheck"/>). Streams of requests and watches of sessions
/// end (<see cref="Interceptors.DrainedRequests{T}"/>, <see cref="Sessions.RkeSessionGatewayService"/>).</item>
/// <item>This service waits for <see cref="DrainOptions.DrainDelay"/>. The gateway still accepts calls. Load balancers and clients choose
/// other replicas. At the end, the connections in use receive a first GOAWAY, which rejects no call
/// (<see cref="Listening.ConnectionLife"/>).</item>
/// <item>Kestrel sends GOAWAY, and finishes the calls in flight within <see cref="DrainOptions.DrainTimeout"/>.</item>
/// </list>
/// </summary>
internal sealed class GracefulShutdown(
    IOptions<DrainOptions> options,
    IHostApplicationLifetime lifetime,
    GrpcConnections connections,
    TimeProvider timeProvider,
    ILogger<GracefulShutdown> logger)
    : IHostedLifecycleService
{
    // From the first GOAWAY to the final one of Kestrel. It is longer than a round trip.
    private static readonly TimeSpan MaxLeaveTime = TimeSpan.FromSeconds(1);

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStopping.Register(() => Log.Stopping(logger));
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The host waits for this before it stops anything.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        // After SIGTERM, the stop has already begun. This call matters only if code stops the host.
        lifetime.StopApplication();
        var delay = options.Value.DrainDelay;
        if (delay > TimeSpan.Zero)
        {
            var leaveTime = delay / 2 < MaxLeaveTime ? delay / 2 : MaxLeaveTime;
            await Task.Delay(delay - leaveTime, timeProvider, CancellationToken.None);
            connections.Leave();
            await Task.Delay(leaveTime, timeProvider, CancellationToken.None);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>Adds <see cref="GracefulShutdown"/>.</summary>
internal static class GracefulShutdownRegistration
{
    public static void AddGracefulShutdown(this IServiceCollection services, GatewayOptions options)
    {
        var drain = options.Of<DrainOptions>();
        services.AddHostedService<GracefulShutdown>();
        services.PostConfigure<HostOptions>(host => host.ShutdownTimeout = (drain.DrainTimeout ?? host.ShutdownTimeout) + drain.DrainDelay);
    }
}
