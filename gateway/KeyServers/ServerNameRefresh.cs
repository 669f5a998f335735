using Rke.Gateway.Background;
using Rke.UdpBridge;

namespace Rke.Gateway.KeyServers;

/// <summary>Resolves the host names of key servers regularly, to follow changes of their addresses.</summary>
internal sealed class ServerNameRefresh(
    ServerLinks links, BackgroundFailures failures, TimeProvider timeProvider, ILogger<ServerNameRefresh> logger)
    : BackgroundLoop(failures)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    protected override async Task LoopAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, timeProvider);
        do
        {
            foreach (var problem in await links.RefreshAsync(new(MonotonicTime.Now(timeProvider) + Interval, stoppingToken)))
            {
                Log.ServerNotFound(logger, problem);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
