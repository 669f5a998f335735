using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Rke.Gateway.Redis;

/// <summary>
/// The circuit breaker of Redis: runs scripts, and fails at once while Redis is unavailable. It keeps two promises of docs/STATE.md,
/// "When Redis is slow or unavailable". First, if Redis stops answering, each call fails within about 50 ms. The client alone would
/// notice it only at its next heartbeat. Second, a busy process does not open the circuit. To the client alone, a busy process looks like
/// a silent Redis. <see cref="RedisRecovery"/> closes the circuit.
/// </summary>
internal sealed class RedisCircuit(
    IOptions<RedisOptions> options,
    IConnectionMultiplexer multiplexer,
    TimeProvider timeProvider,
    ILogger<RedisCircuit> logger,
    StateMeter? meter = null)
    : IStateHealth, IDisposable
{
    private static readonly RedisScript ProbeScript = new("probe");

    private const int Slots = 16_384;
    private const int MaxCounted = 2000;

    // A reply takes three steps from the socket to its reader, and each step waits in the queue of the thread pool.
    private const int Checks = 3;

    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan TimePerCommand = TimeSpan.FromMicroseconds(200);
    private static readonly TimeSpan MaxSlowReply = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan SlowReplyWindow = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MinRetry = TimeSpan.FromMilliseconds(500);

    // A server with one of these errors cannot serve now. Another server may be the primary.
    private static readonly string[] UnavailableErrors =
    [
        "READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "NOREPLICAS", "OOM", "MISCONF", "BUSY", "TRYAGAIN", "MOVED",
        "NOAUTH", "WRONGPASS",
    ];

    // One entry per hash slot, so that the replies of one node do not hide the silence of another. Without a cluster, all replies
    // use the first entry.
    private readonly long[] _lastReplies = new long[Slots + 1];
    private readonly SemaphoreSlim _opened = new(0);
    private readonly Dictionary<string, (string Problem, long At)> _rejected = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private (TimeSpan Took, long At) _slowest;
    private volatile bool _isUp;
    private bool _isDisposed;
    private volatile int _generation;
    private int _inFlight;
    private volatile string _failedKey = "rke:?";
    private volatile string? _problem;
    private volatile bool _isInDoubt;

    public bool IsUp => _isUp;

    public int InFlight => Volatile.Read(ref _inFlight);

    public TimeSpan RetryAfter => MinRetry + (Random.Shared.NextDouble() * TimeSpan.FromSeconds(1));

    // A command takes longer if many commands are in flight, or if Redis was slow a moment ago.
    private TimeSpan ReplyTimeout
    {
        get
        {
            lock (_gate)
            {
                var slow = timeProvider.GetElapsedTime(_slowest.At) < SlowReplyWindow ? _slowest.Took : TimeSpan.Zero;
                return options.Value.Timeout + (Math.Min(InFlight, MaxCounted) * TimePerCommand)
                    + (slow < MaxSlowReply ? slow : MaxSlowReply);
            }
        }
    }

    /// <summary>A command without a reply for this time has failed, even if this process is busy.</summary>
    public static TimeSpan MaxReplyTime(RedisOptions options) => options.Timeout + TimeSpan.FromSeconds(2);

    /// <summary>Runs a script. Returns null if Redis is unavailable. Then it is unknown whether the script ran.</summary>
    public ValueTask<RedisResult?> RunAsync(RedisScript script, RedisKey[] keys, RedisValue[] values) =>
        _isUp ? RunRegardlessAsync(script, keys, values) : ValueTask.FromResult<RedisResult?>(null);

    /// <summary>
    /// Runs a script as <see cref="RunAsync"/> does. Also returns null if the circuit opened before the caller got the reply: Redis may
    /// have lost the effect of the script, and the recovery did not know it.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<RedisResult?> RunWithoutOutageAsync(RedisScript script, RedisKey[] keys, RedisValue[] values)
    {
        var generation = _generation;
        var result = await RunAsync(script, keys, values);
        return _isUp && generation == _generation ? result : null;
    }

    /// <summary>Runs a script whether or not the circuit is open. <see cref="RedisRecovery"/> needs this.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<RedisResult?> RunRegardlessAsync(RedisScript script, RedisKey[] keys, RedisValue[] values)
    {
        var generation = _generation;
        var began = timeProvider.GetTimestamp();
        Interlocked.Increment(ref _inFlight);
        try
        {
            var slot = multiplexer.HashSlot(keys[0]) + 1;
            var database = multiplexer.GetDatabase();
            var reply = database.ScriptEvaluateAsync(script.Hash, keys, values, CommandFlags.DemandMaster);
            await WaitForReplyAsync(reply, slot, began);
            if (IsUnknownScript(reply))
            {
                // Redis did not run it, so it can be sent again. Now the client sends the text first. With the text in each call, the client
                // would compute the hash code of the text each time.
                reply = database.ScriptEvaluateAsync(script.Text, keys, values, CommandFlags.DemandMaster);
                await WaitForReplyAsync(reply, slot, began);
            }

            var result = await reply;
            var took = timeProvider.GetElapsedTime(began);
            OnReplied(slot, took);
            meter?.OnEnded(script.Name, StateMeter.Ok, took);
            return result;
        }
        catch (Exception exception) when (IsRedisFailure(exception))
        {
            meter?.OnEnded(
                script.Name,
                exception is TimeoutException ? StateMeter.Timeout : StateMeter.Error,
                timeProvider.GetElapsedTime(began));
            OnFailed(generation, keys[0], script, exception);
            return null;
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }

    /// <summary>Whether Redis can run the commands of all scripts, in the hash slot that failed last.</summary>
    public async ValueTask<bool> ProbeAsync()
    {
        _isInDoubt = false;
        var key = ProbeKeyFor(_failedKey);
        return await RunRegardlessAsync(ProbeScript, [key, key.Append("h"), key.Append("z"), key.Append("l")], []) is not null;
    }

    /// <summary>Probes Redis if it rejected a script. If Redis also rejects the probe, the circuit opens.</summary>
    public async ValueTask CheckAsync()
    {
        if (_isInDoubt)
        {
            await ProbeAsync();
        }
    }

    /// <summary>Whether the server or the connection caused an exception of the client. Other exceptions are bugs of the gateway.</summary>
    public static bool IsRedisFailure(Exception exception) => exception is RedisException or RedisCommandException
        or TimeoutException or OperationCanceledException or ObjectDisposedException;

    /// <summary>Closes the circuit: scripts run again.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _generation++;
            _isUp = true;
            _problem = null;
        }

        Log.StateUp(logger, options.Value.ToString());
    }

    /// <summary>Waits until the circuit opens, or until the time has passed.</summary>
    public Task WaitForOpeningAsync(TimeSpan time, CancellationToken cancellationToken) =>
        _opened.WaitAsync(time, cancellationToken);

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _opened.Dispose();
        }
    }

    private static bool IsUnknownScript(Task reply) =>
        reply.Exception?.InnerException is RedisServerException exception
        && exception.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal);

    // Redis answers in order. While replies arrive, it is slow but available. An arrived reply can wait in this process to be read, so
    // the loop checks several times. It ignores a check that ran late itself: then this process was slow, and not Redis.
    private async Task WaitForReplyAsync(Task reply, int slot, long sent)
    {
        for (var (wait, checks) = (ReplyTimeout, 0); ;)
        {
            var began = timeProvider.GetTimestamp();
            await reply.WaitAsync(wait, timeProvider).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var isOnTime = timeProvider.GetElapsedTime(began) - wait < options.Value.Timeout / 4;
            if (!reply.IsCompleted)
            {
                await PassThreadPoolAsync();
            }

            if (reply.IsCompleted)
            {
                return;
            }

            var silence = timeProvider.GetElapsedTime(Math.Max(sent, Volatile.Read(ref _lastReplies[slot])));
            var left = ReplyTimeout - silence;
            if (timeProvider.GetElapsedTime(sent) >= MaxReplyTime(options.Value)
                || (left <= TimeSpan.Zero && isOnTime && checks++ == Checks))
            {
                throw new TimeoutException($"no reply for {silence.TotalMilliseconds:F0} ms");
            }

            (wait, checks) = left > TimeSpan.Zero ? (left, 0) : (CheckInterval, checks);
        }
    }

    // Queues an empty work item and waits for it. Then everything that was queued before it has run, such as the reading of a reply.
    private static Task PassThreadPoolAsync() => Task.Factory.StartNew(
        static () => { }, CancellationToken.None, TaskCreationOptions.PreferFairness, TaskScheduler.Default);

    private void OnReplied(int slot, TimeSpan took)
    {
        var now = timeProvider.GetTimestamp();
        Volatile.Write(ref _lastReplies[slot], now);
        lock (_gate)
        {
            if (took > _slowest.Took || timeProvider.GetElapsedTime(_slowest.At, now) >= SlowReplyWindow)
            {
                _slowest = (took, now);
            }
        }
    }

    private void OnFailed(int generation, RedisKey key, RedisScript script, Exception exception)
    {
        // An ACL may deny a command, or the script may be wrong. The probe finds out whether other calls fail too.
        if (exception is RedisServerException && script.IsOptional && exception.Message.Contains("OOM", StringComparison.Ordinal))
        {
            LogRejected(script, exception.Message);
            return;
        }

        if (exception is RedisServerException && script != ProbeScript && !IsUnavailable(exception.Message))
        {
            _failedKey = (string)key!;
            _isInDoubt = true;
            LogRejected(script, exception.Message);
            return;
        }

        lock (_gate)
        {
            // A command that started before the last outage does not open the circuit.
            if (_isUp && generation == _generation)
            {
                (_failedKey, _isUp) = ((string)key!, false);
                if (!_isDisposed)
                {
                    _opened.Release();
                }

                Log.StateDown(logger, exception.Message);
            }
            else if (!_isUp && exception is RedisServerException && exception.Message != _problem)
            {
                // Logs each problem once, because recovery tries many times per second.
                _problem = exception.Message;
                Log.StateUnreachable(logger, exception.Message);
            }
        }
    }

    // Logs each problem of a script once per interval, because every call can fail.
    private void LogRejected(RedisScript script, string problem)
    {
        var now = timeProvider.GetTimestamp();
        lock (_gate)
        {
            if (_rejected.TryGetValue(script.Name, out var last) && last.Problem == problem
                && timeProvider.GetElapsedTime(last.At, now) < LogInterval)
            {
                return;
            }

            _rejected[script.Name] = (problem, now);
        }

        Log.ScriptFailed(logger, script.Name, problem);
    }

    // An ACL that denies scripts makes Redis unavailable. For an ACL that denies a command within a script, see the probe.
    private static bool IsUnavailable(string message) => Array.Exists(UnavailableErrors, message.Contains)
        || (message.StartsWith("NOPERM", StringComparison.Ordinal) && !message.Contains("user_script", StringComparison.Ordinal));

    // A key in the same hash slot, which is on the same node.
    private static RedisKey ProbeKeyFor(string key) =>
        key.IndexOf('}', StringComparison.Ordinal) is > 0 and var end ? $"{key[..(end + 1)]}:?" : $"rke:{{{key}}}:?";
}

/// <summary>The availability of the shared state.</summary>
internal interface IStateHealth
{
    bool IsUp { get; }

    /// <summary>The number of requests that wait for an answer.</summary>
    int InFlight { get; }

    /// <summary>The time after which a caller can try again. It is random, so that callers do not return at the same moment.</summary>
    TimeSpan RetryAfter { get; }
}
