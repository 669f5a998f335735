using StackExchange.Redis;

namespace Rke.Gateway.State;

/// <summary>
/// Closes the circuit, at start and after every outage, and only when keys can be written again and the replicas' coins
/// are restored: docs/STATE.md, "When Redis is slow or gone" and "When Redis loses its data". The client reconnects by
/// itself; it is asked here to look who is primary, since a silent one gives it no reason to.
/// </summary>
internal sealed class RedisRecovery(
    RedisCircuit circuit,
    IConnectionMultiplexer multiplexer,
    RedisAftermath aftermath,
    RedisHeldCoins held,
    IEnumerable<ServerNumber> servers,
    TimeProvider timeProvider,
    ILogger<RedisRecovery> logger) : BackgroundService
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan MostPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Watch = TimeSpan.FromMilliseconds(200);

    private Task<bool>? _probing;
    private long _probed;
    private Task? _configuring;
    private string? _problem;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var server in servers)
        {
            held.Of(server);
        }

        // Usually Redis is there: then the gateway is ready as soon as it listens.
        var began = timeProvider.GetTimestamp();
        while (!await TryAsync(cancellationToken)
            && multiplexer.IsConnected && timeProvider.GetElapsedTime(began) < StartTimeout)
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
                else if (!await TryAsync(stoppingToken))
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

    private async Task<bool> TryAsync(CancellationToken cancellationToken)
    {
        if (_probing is null)
        {
            (_probing, _probed) = (ProbeAsync(), timeProvider.GetTimestamp());
        }

        _configuring ??= FindPrimaryAsync();
        await Task.WhenAny(_probing, _configuring).WaitAsync(cancellationToken);
        var probing = _probing;
        if (_configuring.IsCompleted)
        {
            // Another server may be primary now; an older question went to the one from before.
            _configuring = null;
            _probing = timeProvider.GetElapsedTime(_probed) < ProbeTimeout ? _probing : null;
        }

        if (!probing.IsCompleted)
        {
            return false;
        }

        _probing = null;
        if (!await probing || !await held.ReturnAsync())
        {
            return false;
        }

        _problem = null;
        circuit.Close();
        return true;
    }

    private async Task<bool> ProbeAsync()
    {
        try
        {
            await multiplexer.GetDatabase().ScriptEvaluateAsync(
                RedisScript.Probe.Text, [circuit.Probe], [], CommandFlags.DemandMaster);
            return true;
        }
        catch (RedisServerException exception)
        {
            Report(exception.Message);
            return false;
        }
        catch (Exception exception) when (RedisCircuit.IsOfRedis(exception))
        {
            // No connection, or no answer. Why there is none is logged where connections are made.
            return false;
        }
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

    // Once for each problem: it is looked at many times a second.
    private void Report(string problem)
    {
        if (problem != _problem)
        {
            _problem = problem;
            Log.StateUnreachable(logger, problem);
        }
    }
}
