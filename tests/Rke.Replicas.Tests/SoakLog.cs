using System.Collections.Concurrent;
using System.Diagnostics;

namespace Rke.Replicas.Tests;

/// <summary>The disturbances of a soak test, and the failed calls that they do not explain.</summary>
internal sealed class SoakLog
{
    // Calls can fail for this long after a part is back: circuit breakers probe, haproxy checks, and reserved coins are restored.
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(5);

    private static readonly Dictionary<string, Disturbance[]> Causes = new(StringComparer.Ordinal)
    {
        ["RAIDA_TIMEOUT"] = [Disturbance.KeyServer],
        ["RAIDA_UNREACHABLE"] = [Disturbance.KeyServer],

        // When a replica is killed, haproxy resets its calls with REFUSED_STREAM, as if the replica had not received them. The client then
        // repeats them (docs/operations.md). If the replica has fetched the part already, it does not exist any more.
        ["KEY_NOT_FOUND"] = [Disturbance.KeyServer, Disturbance.KilledReplica],
        ["STATE_UNAVAILABLE"] = [Disturbance.Redis],
        ["Unavailable"] = [Disturbance.Replica, Disturbance.KilledReplica],
    };

    private readonly ConcurrentBag<Window> _windows = [];
    private readonly ConcurrentDictionary<string, int> _explained = new(StringComparer.Ordinal);

    public ConcurrentQueue<string> Unexplained { get; } = new();

    /// <summary>Runs a disturbance. Calls that are in progress meanwhile may fail.</summary>
    public async Task RunAsync(Disturbance kind, Func<Task> disturb)
    {
        var window = new Window(kind, Stopwatch.GetTimestamp());
        _windows.Add(window);
        await disturb();
        window.End = Stopwatch.GetTimestamp() + (long)(Recovery.TotalSeconds * Stopwatch.Frequency);
    }

    /// <summary>Notes a failed call.</summary>
    /// <param name="reason">The reason of the error, or its gRPC code if a proxy or the connection failed.</param>
    /// <param name="since">When the exchange that failed began.</param>
    /// <param name="detail">The text of the error.</param>
    public void Fail(string reason, long since, string detail)
    {
        var kinds = Causes.GetValueOrDefault(reason) ?? [];
        if (_windows.Any(window => kinds.Contains(window.Kind) && window.End >= since))
        {
            _explained.AddOrUpdate(reason, 1, (_, count) => count + 1);
        }
        else
        {
            var last = _windows.MaxBy(window => window.Start);
            Unexplained.Enqueue(
                $"{reason}: {detail} The exchange took {Stopwatch.GetElapsedTime(since).TotalSeconds:0.0} s, and failed "
                + $"{(last is null ? "" : $"{Stopwatch.GetElapsedTime(last.Start).TotalSeconds:0.0} s after {last.Kind} ")}at {DateTime.UtcNow:HH:mm:ss.fff}.");
        }
    }

    public override string ToString() =>
        $"disturbances: {string.Join(", ", _windows.CountBy(window => window.Kind).Select(count => $"{count.Key} {count.Value}"))}; "
        + $"explained failures: {string.Join(", ", _explained.Select(count => $"{count.Key} {count.Value}"))}; "
        + $"unexplained: {Unexplained.Count}{string.Concat(Unexplained.Take(20).Select(failure => $"\n  {failure}"))}";

    private sealed class Window(Disturbance kind, long start)
    {
        private long _end = long.MaxValue;

        public Disturbance Kind => kind;

        public long Start => start;

        public long End
        {
            get => Volatile.Read(ref _end);
            set => Volatile.Write(ref _end, value);
        }
    }
}

/// <summary>What a disturbance restarts or changes.</summary>
internal enum Disturbance
{
    KeyServer,
    Redis,
    Replica,
    KilledReplica,
    Coins,
}
