using Rke.Gateway.Translation;

namespace Rke.Gateway.Networks;

/// <summary>Follows key servers that are configured by name when their names move to another address.</summary>
internal sealed class ServerNamesWatch(ServerLinks links, TimeProvider timeProvider, ILogger<ServerNamesWatch> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, timeProvider);
        try
        {
            do
            {
                foreach (var problem in await links.RefreshAsync(new(timeProvider.GetUtcNow() + Interval, stoppingToken)))
                {
                    Log.ServerNotFound(logger, problem);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }
}
