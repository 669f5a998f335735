using StackExchange.Redis;

namespace Rke.Gateway.State;

/// <summary>
/// Finds the way to Redis, at start and whenever it closed: asks the connection that there is, and when it stays
/// silent makes a new one, which finds out who is primary now. One question at a time for the whole gateway.
/// </summary>
internal sealed class RedisReturn(
    RedisLink link,
    RedisConnector connector,
    RedisAftermath aftermath,
    RedisHeldCoins held,
    IEnumerable<ServerNumber> servers,
    TimeProvider timeProvider,
    ILogger<RedisReturn> logger) : BackgroundService
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan MostPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Watch = TimeSpan.FromMilliseconds(200);

    // Mostly short, because a silent server must not keep us from its successor; now and then long, for slow networks.
    private static readonly TimeSpan[] ConnectTimeouts =
        [TimeSpan.FromMilliseconds(400), TimeSpan.FromMilliseconds(400), TimeSpan.FromSeconds(2)];

    private Task _learning = Task.CompletedTask;
    private Task? _probing;
    private Task<ConnectionMultiplexer>? _connecting;
    private int _attempts;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var server in servers)
        {
            held.Of(server);
        }

        // Usually Redis is there: then the gateway is ready as soon as it listens.
        _connecting = connector.ConnectAsync(StartTimeout);
        await Task.WhenAny(_connecting, Task.Delay(StartTimeout, timeProvider, cancellationToken));
        if (await TryAsync(cancellationToken))
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
                if (link.IsUp)
                {
                    await link.WaitForClosingAsync(Watch, stoppingToken);
                    await held.WatchAsync();
                    await aftermath.RunAsync(stoppingToken);
                    _learning = _learning.IsCompleted ? link.LearnPulseAsync() : _learning;
                }
                else if (!await TryAsync(stoppingToken))
                {
                    var pause = LeastPause + (Random.Shared.NextDouble() * (MostPause - LeastPause));
                    await Task.Delay(pause, timeProvider, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (link.Connection is { } connection)
        {
            await connection.CloseAsync(allowCommandsToComplete: false);
        }
    }

    private async Task<bool> TryAsync(CancellationToken cancellationToken)
    {
        if (link.Connection is { } connection && await AnswersAsync(connection, cancellationToken))
        {
            Leave(_connecting);
            _connecting = null;
            return await OpenAsync(connection);
        }

        _connecting ??= connector.ConnectAsync(ConnectTimeouts[_attempts++ % ConnectTimeouts.Length]);
        await Task.WhenAny(_connecting, Task.Delay(ProbeTimeout, timeProvider, cancellationToken));
        if (!_connecting.IsCompleted)
        {
            return false;
        }

        var (connected, old) = (_connecting, link.Connection);
        _connecting = null;
        try
        {
            var fresh = await connected;
            _probing = null;
            if (await AnswersAsync(fresh, cancellationToken) && await OpenAsync(fresh))
            {
                Leave(old);
                return true;
            }

            Leave(fresh);
        }
        catch (Exception exception) when (RedisLink.IsOfRedis(exception) && !cancellationToken.IsCancellationRequested)
        {
            Log.StateUnreachable(logger, exception.Message);
        }

        _probing = null;
        return false;
    }

    // One question; as long as it is unanswered no second one is asked on the same connection.
    private async Task<bool> AnswersAsync(ConnectionMultiplexer connection, CancellationToken cancellationToken)
    {
        try
        {
            _probing ??= connection.GetDatabase().ScriptEvaluateAsync(
                RedisScript.Probe.Text, [link.BrokenLane.Probe], [], CommandFlags.DemandMaster);
            await Task.WhenAny(_probing, Task.Delay(ProbeTimeout, timeProvider, cancellationToken));
            if (!_probing.IsCompleted)
            {
                return false;
            }

            var probed = _probing;
            _probing = null;
            await probed;
            return true;
        }
        catch (Exception exception) when (RedisLink.IsOfRedis(exception) && !cancellationToken.IsCancellationRequested)
        {
            _probing = null;
            return false;
        }
    }

    private async Task<bool> OpenAsync(ConnectionMultiplexer connection)
    {
        if (!await held.ReturnAsync(connection))
        {
            return false;
        }

        link.Open(connection);
        return true;
    }

    // Made in vain: nobody waits for it any more.
    private static void Leave(Task<ConnectionMultiplexer>? connecting) => _ = connecting?.ContinueWith(
        static made =>
        {
            if (made.IsCompletedSuccessfully)
            {
                Leave(made.Result);
            }

            _ = made.Exception;
        },
        TaskScheduler.Default);

    private static void Leave(ConnectionMultiplexer? connection) => _ = connection?.CloseAsync(allowCommandsToComplete: false);
}
