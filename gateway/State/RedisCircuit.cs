using Rke.Gateway.Configuration;
using Rke.Gateway.Observability;
using StackExchange.Redis;

namespace Rke.Gateway.State;

/// <summary>
/// Runs scripts, and refuses all of them while Redis is away. It holds two promises of docs/STATE.md, "When Redis is slow
/// or gone", that the client has no means for: a silent Redis fails every call within about 50 ms (the client looks at
/// timeouts on its heartbeat, and for each command alone), and a process that is only busy does not count as a silent
/// Redis. <see cref="RedisRecovery"/> closes the circuit again.
/// </summary>
internal sealed class RedisCircuit(
    RedisSettings settings,
    IConnectionMultiplexer multiplexer,
    TimeProvider timeProvider,
    ILogger<RedisCircuit> logger,
    StateMeter? meter = null)
    : IStateHealth, IDisposable
{
    private const int Slots = 16_384;
    private const int MostCrowd = 2000;

    // So many steps bring a reply from the socket to its reader, and each waits in the thread pool's queue.
    private const int Checks = 3;

    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan TimeOfOne = TimeSpan.FromMicroseconds(200);
    private static readonly TimeSpan MostAllowance = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Recently = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LeastRetry = TimeSpan.FromMilliseconds(500);

    // A server that answers this cannot serve now; another one may be primary by now.
    private static readonly string[] Helpless =
    [
        "READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "NOREPLICAS", "OOM", "MISCONF", "BUSY", "TRYAGAIN", "MOVED",
        "NOAUTH", "WRONGPASS",
    ];

    // By hash slot, so that one node's replies do not hide another's silence; all in the first one without a cluster.
    private readonly long[] _lastReplies = new long[Slots + 1];
    private readonly SemaphoreSlim _opened = new(0);
    private readonly Lock _gate = new();
    private (TimeSpan Took, long At) _slowest;
    private volatile bool _isUp;
    private bool _isDisposed;
    private volatile int _generation;
    private int _underWay;
    private volatile string _brokenKey = "rke:?";
    private volatile string? _problem;

    public bool IsUp => _isUp;

    public int UnderWay => Volatile.Read(ref _underWay);

    // Spread over a second.
    public TimeSpan RetryAfter => LeastRetry + (Random.Shared.NextDouble() * TimeSpan.FromSeconds(1));

    // A command takes longer the more of them are under way, and where Redis was slow a moment ago it may be slow again.
    private TimeSpan Patience
    {
        get
        {
            lock (_gate)
            {
                var slow = timeProvider.GetElapsedTime(_slowest.At) < Recently ? _slowest.Took : TimeSpan.Zero;
                return settings.Timeout + (Math.Min(UnderWay, MostCrowd) * TimeOfOne)
                    + (slow < MostAllowance ? slow : MostAllowance);
            }
        }
    }

    /// <summary>A command that is unanswered for so long has failed, however busy this process is.</summary>
    public static TimeSpan LongestSilence(RedisSettings settings) => settings.Timeout + TimeSpan.FromSeconds(2);

    /// <summary>Runs a script; null when Redis cannot be asked, and whether it ran then is unknown.</summary>
    public ValueTask<RedisResult?> RunAsync(RedisScript script, RedisKey[] keys, RedisValue[] values) =>
        _isUp ? RunAnywayAsync(script, keys, values) : ValueTask.FromResult<RedisResult?>(null);

    /// <summary>The same while the circuit is open: how <see cref="RedisRecovery"/> tries Redis.</summary>
    public async ValueTask<RedisResult?> RunAnywayAsync(RedisScript script, RedisKey[] keys, RedisValue[] values)
    {
        var generation = _generation;
        var began = timeProvider.GetTimestamp();
        Interlocked.Increment(ref _underWay);
        try
        {
            // The client sends a script once to each server, then its digest, and again when the server forgot it.
            var slot = multiplexer.HashSlot(keys[0]) + 1;
            var reply = multiplexer.GetDatabase().ScriptEvaluateAsync(script.Text, keys, values, CommandFlags.DemandMaster);
            await PatientlyAsync(reply, slot, began);
            var result = await reply;
            OnReplied(slot, timeProvider.GetElapsedTime(began));
            meter?.OnEnded(script.Name, StateMeter.Ok, timeProvider.GetElapsedTime(began));
            return result;
        }
        catch (Exception exception) when (IsOfRedis(exception))
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
            Interlocked.Decrement(ref _underWay);
        }
    }

    /// <summary>Whether a key can be written in the hash slot that failed last.</summary>
    public async ValueTask<bool> ProbeAsync() => await RunAnywayAsync(RedisScript.Probe, [ProbeBeside(_brokenKey)], []) is not null;

    /// <summary>What the client throws when the server or the way to it is the reason; the rest are mistakes of ours.</summary>
    public static bool IsOfRedis(Exception exception) => exception is RedisException or RedisCommandException
        or TimeoutException or OperationCanceledException or ObjectDisposedException;

    /// <summary>Lets calls through again.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _generation++;
            _isUp = true;
            _problem = null;
        }

        Log.StateUp(logger, settings.ToString());
    }

    /// <summary>Waits until the circuit opens, at most for so long.</summary>
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

    // Redis answers in order, so while replies arrive it is slow and not gone. And a reply that is here may be unread; a
    // check that runs late says nothing, since this process, and maybe Redis, waited for a processor.
    private async Task PatientlyAsync(Task reply, int slot, long sent)
    {
        for (var (wait, checks) = (Patience, 0); ;)
        {
            var began = timeProvider.GetTimestamp();
            await reply.WaitAsync(wait, timeProvider).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var isOnTime = timeProvider.GetElapsedTime(began) - wait < settings.Timeout / 4;
            if (!reply.IsCompleted)
            {
                await PassThreadPoolAsync();
            }

            if (reply.IsCompleted)
            {
                return;
            }

            var quiet = timeProvider.GetElapsedTime(Math.Max(sent, Volatile.Read(ref _lastReplies[slot])));
            var left = Patience - quiet;
            if (timeProvider.GetElapsedTime(sent) >= LongestSilence(settings)
                || (left <= TimeSpan.Zero && isOnTime && checks++ == Checks))
            {
                throw new TimeoutException($"no answer for {quiet.TotalMilliseconds:F0} ms");
            }

            (wait, checks) = left > TimeSpan.Zero ? (left, 0) : (CheckInterval, checks);
        }
    }

    // Timers overtake the queue. A fair work item does not: what was queued before it, such as a reply, runs before it.
    private static Task PassThreadPoolAsync() => Task.Factory.StartNew(
        static () => { }, CancellationToken.None, TaskCreationOptions.PreferFairness, TaskScheduler.Default);

    private void OnReplied(int slot, TimeSpan took)
    {
        var now = timeProvider.GetTimestamp();
        Volatile.Write(ref _lastReplies[slot], now);
        lock (_gate)
        {
            if (took > _slowest.Took || timeProvider.GetElapsedTime(_slowest.At, now) >= Recently)
            {
                _slowest = (took, now);
            }
        }
    }

    private void OnFailed(int generation, RedisKey key, RedisScript script, Exception exception)
    {
        if (exception is RedisServerException && !IsHelpless(exception.Message))
        {
            Log.ScriptFailed(logger, script.Name, exception.Message);
            return;
        }

        lock (_gate)
        {
            // A command from before the last outage says nothing of the time since.
            if (_isUp && generation == _generation)
            {
                (_brokenKey, _isUp) = ((string)key!, false);
                if (!_isDisposed)
                {
                    _opened.Release();
                }

                Log.StateDown(logger, exception.Message);
            }
            else if (!_isUp && exception is RedisServerException && exception.Message != _problem)
            {
                // Once for each problem: recovery tries many times a second.
                _problem = exception.Message;
                Log.StateUnreachable(logger, exception.Message);
            }
        }
    }

    // An ACL that refuses scripts refuses all of them; one that refuses a step within a script refuses only that.
    private static bool IsHelpless(string message) => Array.Exists(Helpless, message.Contains)
        || (message.StartsWith("NOPERM", StringComparison.Ordinal) && !message.Contains("user_script", StringComparison.Ordinal));

    // In the same hash slot, and so on the same node.
    private static RedisKey ProbeBeside(string key) =>
        key.IndexOf('}', StringComparison.Ordinal) is > 0 and var end ? $"{key[..(end + 1)]}:?" : $"rke:{{{key}}}:?";
}
