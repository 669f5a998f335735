using StackExchange.Redis;

namespace Rke.Gateway.State;

/// <summary>
/// Closes the circuit, at start and after every outage, and only when keys can be written again and the replica's coins
/// are restored: docs/STATE.md, "When Redis is slow or gone" and "When Redis loses its data". The client reconnects by
/// itself, but a silent primary gives it no reason to look for another one.
/// </summary>
internal sealed class RedisRecovery(
    RedisCircuit circuit,
    IConnectionMultiplexer multiplexer,
    RedisAftermath aftermath,
    RedisHeldCoins held,
    IEnumerable<ServerNumber> servers,
    TimeProvider timeProvider) : BackgroundService
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan MostPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Watch = TimeSpan.FromMilliseconds(200);

    private Task _configuring = Task.CompletedTask;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var server in servers)
        {
            held.Of(server);
        }

        // Usually Redis is there: then the gateway is ready as soon as it listens.
        var began = timeProvider.GetTimestamp();
        while (!await TryAsync() && multiplexer.IsConnected && timeProvider.GetElapsedTime(began) < StartTimeout)
        {
            await PauseAsync(cancellationToken);
        }

        if (circuit.IsUp)
        {
            await held.OutliveGraceAsync(cancellationToken);
        }

        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                if (circuit.IsUp)
                {
                    await circuit.WaitForOpeningAsync(Watch, stoppingToken);
                    await held.WatchAsync();
                    await aftermath.RunAsync(stoppingToken);
                }
                else if (!await TryAsync())
                {
                    await PauseAsync(stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    private Task PauseAsync(CancellationToken cancellationToken) => Task.Delay(
        LeastPause + (Random.Shared.NextDouble() * (MostPause - LeastPause)), timeProvider, cancellationToken);

    private async Task<bool> TryAsync()
    {
        if (await circuit.ProbeAsync() && await held.ReturnAsync())
        {
            circuit.Close();
            return true;
        }

        // A look waits up to a second for silent servers; probes go on meanwhile.
        _configuring = _configuring.IsCompleted ? FindPrimaryAsync() : _configuring;
        return false;
    }

    private async Task FindPrimaryAsync()
    {
        try
        {
            await multiplexer.ConfigureAsync();
        }
        catch (Exception exception) when (RedisCircuit.IsOfRedis(exception))
        {
            // The next look may find one.
        }
    }
}
