using Rke.Gateway.Configuration;
using Rke.Gateway.Observability;
using StackExchange.Redis;

namespace Rke.Gateway.State;

/// <summary>
/// The way to Redis. Commands run at once or not at all: when Redis falls silent, the way closes for everybody; one
/// loop finds it again (<see cref="RedisReturn"/>), and only then callers are let through.
/// </summary>
internal sealed class RedisLink(
    RedisSettings settings,
    RedisPulse pulse,
    TimeProvider timeProvider,
    ILogger<RedisLink> logger,
    StateMeter? meter = null)
    : IStateHealth, IDisposable
{
    private const int MostCrowd = 2000;
    private static readonly TimeSpan TimeOfOne = TimeSpan.FromMicroseconds(200);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LeastRetry = TimeSpan.FromMilliseconds(500);

    // Answered by a server that cannot serve now; another one may be primary by now.
    private static readonly string[] Helpless =
        ["READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "NOREPLICAS", "OOM", "MISCONF", "BUSY", "TRYAGAIN", "MOVED"];

    private readonly SemaphoreSlim _closed = new(0);
    private volatile ConnectionMultiplexer? _connection;
    private volatile RedisLane _brokenLane = new("rke:?");
    private volatile bool _isUp;
    private int _underWay;

    public bool IsUp => _isUp;

    public int UnderWay => Volatile.Read(ref _underWay);

    // Spread over a second.
    public TimeSpan RetryAfter => LeastRetry + (Random.Shared.NextDouble() * TimeSpan.FromSeconds(1));

    // The normal time of a command grows with those that are under way at the same time.
    private TimeSpan Crowd => Math.Min(UnderWay, MostCrowd) * TimeOfOne;

    /// <summary>Null until there was a first one.</summary>
    public ConnectionMultiplexer? Connection => _connection;

    /// <summary>Where the last command got stuck.</summary>
    public RedisLane BrokenLane => _brokenLane;

    /// <summary>Runs a script; null when Redis cannot be asked, and whether it ran then is unknown.</summary>
    public ValueTask<RedisResult?> RunAsync(RedisScript script, RedisLane lane, RedisKey[] keys, RedisValue[] values) =>
        _isUp && _connection is { } connection
            ? RunOnAsync(connection, script, lane, keys, values)
            : ValueTask.FromResult<RedisResult?>(null);

    /// <summary>The same on a connection that nobody else uses yet.</summary>
    public async ValueTask<RedisResult?> RunOnAsync(
        ConnectionMultiplexer connection, RedisScript script, RedisLane lane, RedisKey[] keys, RedisValue[] values)
    {
        var began = timeProvider.GetTimestamp();
        Interlocked.Increment(ref _underWay);
        try
        {
            var result = await OnceAsync() ?? await OnceAsync();
            meter?.OnEnded(script.Name, StateMeter.Ok, timeProvider.GetElapsedTime(began));
            return result;
        }
        catch (Exception exception) when (IsOfRedis(exception))
        {
            meter?.OnEnded(
                script.Name,
                exception is TimeoutException ? StateMeter.Timeout : StateMeter.Error,
                timeProvider.GetElapsedTime(began));
            Failed(connection, lane, script, exception);
            return null;
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }

        async Task<RedisResult?> OnceAsync()
        {
            var sent = timeProvider.GetTimestamp();
            var task = connection.GetDatabase().ScriptEvaluateAsync(script.Text, keys, values, CommandFlags.DemandMaster);
            try
            {
                await PatientlyAsync(connection, task, lane, sent);
                var result = await task;
                lane.Replied(timeProvider.GetTimestamp());
                return result;
            }
            catch (RedisServerException exception) when (exception.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
            {
                // The server forgot its scripts; the client knows it now and sends the text first.
                lane.Replied(timeProvider.GetTimestamp());
                return null;
            }
        }
    }

    /// <summary>What the client throws when the server or the way to it is the reason; the rest are mistakes of ours.</summary>
    public static bool IsOfRedis(Exception exception) => exception is RedisException or RedisCommandException
        or TimeoutException or OperationCanceledException or ObjectDisposedException;

    /// <summary>Lets callers through again, on this connection.</summary>
    public void Open(ConnectionMultiplexer connection)
    {
        _connection = connection;
        _ = pulse.IsBeatingAsync(connection.GetEndPoints(), TimeSpan.Zero);
        _isUp = true;
        Log.StateUp(logger, settings.ToString());
    }

    /// <summary>Learns how soon Redis answers when all is well.</summary>
    public Task LearnPulseAsync() =>
        _isUp && _connection is { } connection ? pulse.LearnAsync(connection.GetEndPoints()) : Task.CompletedTask;

    /// <summary>Waits until the way closes, at most for so long.</summary>
    public Task<bool> WaitForClosingAsync(TimeSpan time, CancellationToken cancellationToken) =>
        _closed.WaitAsync(time, cancellationToken);

    public void Dispose() => _closed.Dispose();

    // Redis answers in order, so one that answers others is slow and not gone; and one that has a pulse has answered, but
    // this process is too busy to hear. A timer that comes late says the same. Only when there is none of it Redis is
    // silent; or the connection is lost and nobody has noticed, which takes longer.
    private async Task PatientlyAsync(ConnectionMultiplexer connection, Task task, RedisLane lane, long sent)
    {
        for (var wait = settings.Timeout + Crowd; !task.IsCompleted;)
        {
            var began = timeProvider.GetTimestamp();
            try
            {
                await task.WaitAsync(wait, timeProvider);
            }
            catch (TimeoutException exception) when (!task.IsCompleted)
            {
                var late = timeProvider.GetElapsedTime(began) - wait;
                var quiet = timeProvider.GetElapsedTime(Math.Max(sent, lane.LastReply));
                if (quiet < settings.Timeout + Crowd)
                {
                    wait = settings.Timeout + Crowd - quiet;
                }
                else if (late >= settings.Timeout / 4)
                {
                    wait = settings.Timeout / 2;
                }
                else if (quiet < LongestSilence && await pulse.IsBeatingAsync(connection.GetEndPoints(), Crowd))
                {
                    wait = settings.Timeout;
                }
                else if (!task.IsCompleted)
                {
                    Forget(task);
                    throw new TimeoutException($"no answer for {quiet.TotalMilliseconds:F0} ms", exception);
                }
            }
            catch (Exception) when (task.IsCompleted)
            {
                return;
            }
        }
    }

    private static void Forget(Task task) => _ = task.ContinueWith(
        static late => _ = late.Exception,
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);

    private void Failed(ConnectionMultiplexer connection, RedisLane lane, RedisScript script, Exception exception)
    {
        if (exception is RedisServerException && !Array.Exists(Helpless, exception.Message.Contains))
        {
            Log.ScriptFailed(logger, script.Name, exception.Message);
            return;
        }

        // Commands of a connection that was left behind say nothing of the new one.
        if (ReferenceEquals(connection, _connection) && _isUp)
        {
            _brokenLane = lane;
            _isUp = false;
            _closed.Release();
            Log.StateDown(logger, exception.Message);
        }
    }
}
