using System.Collections.Concurrent;
using System.Diagnostics;
using Grpc.Core;

namespace Rke.Sessions.Tests;

/// <summary>Runs many sessions between two sides. The receiver claims each key, and the keys are compared.</summary>
internal sealed class Run
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly ConcurrentBag<TimeSpan> _times = [];

    public ConcurrentBag<string> Failures { get; } = [];

    /// <summary>The number of sessions whose key lost parts. Both sides have the same shorter key.</summary>
    public int Shorter { get; private set; }

    public int Succeeded => _times.Count;

    public static async Task<Run> PlayAsync(Sides sides, int sessions, CancellationToken cancellationToken)
    {
        var run = new Run();
        await Parallel.ForAsync(
            0,
            sessions,
            new ParallelOptions { MaxDegreeOfParallelism = Scale.AtATime, CancellationToken = cancellationToken },
            async (_, stop) => await run.PlayOneAsync(sides, stop));
        return run;
    }

    private TimeSpan Percentile(double share)
    {
        var sorted = _times.Order().ToArray();
        return sorted.Length == 0 ? default : sorted[(int)Math.Ceiling(share * sorted.Length) - 1];
    }

    public string Describe(string name) =>
        $"{name}: {Succeeded} of {Succeeded + Failures.Count} sessions succeeded ({Shorter} with fewer parts), "
        + $"p50 {Milliseconds(0.5)} ms, p99 {Milliseconds(0.99)} ms, longest {Milliseconds(1)} ms"
        + string.Concat(Failures.GroupBy(failure => failure).Select(group => $"\n  {group.Count()} x {group.Key}"));

    private int Milliseconds(double share) => (int)Percentile(share).TotalMilliseconds;

    private async Task PlayOneAsync(Sides sides, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            var made = await sides.Initiator.InitiateSessionAsync(
                new() { Endpoint = sides.Target }, deadline: DateTime.UtcNow + Deadline, cancellationToken: cancellationToken);
            var took = Stopwatch.GetElapsedTime(started);
            var claimed = await sides.Receiver.ClaimSessionAsync(
                new() { SessionId = made.SessionId }, cancellationToken: cancellationToken);
            if (!made.Key.Equals(claimed.Key) || !made.DerivedKey.Equals(claimed.DerivedKey))
            {
                Failures.Add("the keys differ");
                return;
            }

            _times.Add(took);
            if (made.Parts.Any(part => !part.Used))
            {
                lock (_times)
                {
                    Shorter++;
                }
            }
        }
        catch (RpcException exception)
        {
            Failures.Add($"{exception.StatusCode}: {exception.Status.Detail}");
        }
    }
}
