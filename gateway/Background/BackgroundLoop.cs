using System.Diagnostics.Metrics;
using Rke.Gateway.Observability;
using Rke.UdpBridge;

namespace Rke.Gateway.Background;

/// <summary>
/// A background service that continues after a failure. Without this, an unexpected exception would stop the
/// gateway, or would end the service while the gateway runs.
/// </summary>
internal abstract class BackgroundLoop(BackgroundFailures failures) : BackgroundService
{
    private static readonly TimeSpan MinPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxPause = TimeSpan.FromMinutes(1);

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = MinPause;
        while (true)
        {
            var started = MonotonicTime.Now(failures.TimeProvider);
            try
            {
                await LoopAsync(stoppingToken);
                return;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // The loop continues after every exception.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                pause = MonotonicTime.Now(failures.TimeProvider) - started < MaxPause ? pause : MinPause;
                failures.OnFailed(GetType().Name, exception, pause);
            }

            await Task.Delay(pause, failures.TimeProvider, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < MaxPause ? pause * 2 : MaxPause;
        }
    }

    /// <summary>
    /// The work, until <paramref name="stoppingToken"/> is cancelled. If it throws, it starts again after a pause: 1 s after
    /// the first failure, then twice as long each time, up to a minute.
    /// </summary>
    protected abstract Task LoopAsync(CancellationToken stoppingToken);
}

/// <summary>Logs and counts the failures of background services.</summary>
internal sealed class BackgroundFailures(
    TimeProvider timeProvider, IMeterFactory meters, ILogger<BackgroundFailures> logger)
{
    private readonly Counter<long> _failures = GatewayMeter.Of(meters).CreateCounter<long>(
        "rke.background.failures", unit: null, "Failures of background services. A failed service starts again after a pause.");

    public TimeProvider TimeProvider => timeProvider;

    public void OnFailed(string service, Exception exception, TimeSpan pause)
    {
        _failures.Add(1, new KeyValuePair<string, object?>("service", service));
        Log.BackgroundServiceFailed(logger, exception, service, pause);
    }
}
