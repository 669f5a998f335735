using Rke.Gateway.Background;
using StackExchange.Redis;

namespace Rke.Gateway.Redis;

/// <summary>
/// Closes the circuit at start and after each outage. It closes the circuit when Redis can write keys and the coins of this
/// replica are restored (docs/STATE.md, "When Redis is slow or unavailable" and "When Redis loses its data"). The client
/// reconnects by itself, but it does not search for another primary if the primary only stops answering.
/// </summary>
internal sealed class RedisRecovery(
    RedisCircuit circuit,
    IConnectionMultiplexer multiplexer,
    RedisRetryQueue retries,
    IRedisRestore state,
    BackgroundFailures failures,
    TimeProvider timeProvider) : BackgroundLoop(failures)
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan MinPause = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan MaxPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(200);

    private Task _configuring = Task.CompletedTask;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // If Redis is available, the gateway is ready when it starts to listen.
        var began = timeProvider.GetTimestamp();
        while (!await TryCloseAsync() && multiplexer.IsConnected && timeProvider.GetElapsedTime(began) < StartTimeout)
        {
            await PauseAsync(cancellationToken);
        }

        if (circuit.IsUp)
        {
            await state.WaitForGraceAsync(cancellationToken);
        }

        await base.StartAsync(cancellationToken);
    }

    protected override async Task LoopAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            if (circuit.IsUp)
            {
                await circuit.WaitForOpeningAsync(CheckInterval, stoppingToken);
                await circuit.CheckAsync();
                await state.CheckAsync();
                await retries.RunAsync(stoppingToken);
            }
            else if (!await TryCloseAsync())
            {
                await PauseAsync(stoppingToken);
            }
        }
    }

    private Task PauseAsync(CancellationToken cancellationToken) => Task.Delay(
        MinPause + (Random.Shared.NextDouble() * (MaxPause - MinPause)), timeProvider, cancellationToken);

    private async Task<bool> TryCloseAsync()
    {
        if (await circuit.ProbeAsync() && await state.RestoreAsync())
        {
            circuit.Close();
            return true;
        }

        // The search for a primary waits up to a second for servers that do not answer. Probes continue in the meantime.
        _configuring = _configuring.IsCompleted ? FindPrimaryAsync() : _configuring;
        return false;
    }

    private async Task FindPrimaryAsync()
    {
        try
        {
            await multiplexer.ConfigureAsync();
        }
        catch (Exception exception) when (RedisCircuit.IsRedisFailure(exception))
        {
            // The next search may find a primary.
        }
    }
}

/// <summary>State of this replica that Redis can lose. The replica writes it back after an outage.</summary>
internal interface IRedisRestore
{
    /// <summary>Writes back what Redis can have lost in an outage. The circuit closes only when this returns true.</summary>
    Task<bool> RestoreAsync();

    /// <summary>Finds out whether Redis lost its data without an outage, and writes the state back if it did.</summary>
    Task CheckAsync();

    /// <summary>Waits until reservations are possible again after a loss of data.</summary>
    Task WaitForGraceAsync(CancellationToken cancellationToken);
}
