using System.Collections.Concurrent;

namespace Rke.Gateway.State;

/// <summary>
/// What could not be told to Redis when it happened, and is told later: coins that are free, answers to keep. Bounded
/// and forgetful, because what is never told only leaves coins occupied until their time is over.
/// </summary>
internal sealed class RedisAftermath(RedisCircuit circuit, TimeProvider timeProvider)
{
    private const int Capacity = 10_000;
    private static readonly TimeSpan MostAge = TimeSpan.FromMinutes(10);

    private readonly ConcurrentQueue<(long At, Func<ValueTask<bool>> Tell)> _work = new();

    /// <param name="tell">Tells Redis; false when it could not.</param>
    public void Add(Func<ValueTask<bool>> tell)
    {
        if (_work.Count < Capacity)
        {
            _work.Enqueue((timeProvider.GetTimestamp(), tell));
        }
    }

    /// <summary>Tells now, or else later; whoever calls need not wait.</summary>
    public async ValueTask TellAsync(Func<ValueTask<bool>> tell)
    {
        if (!await tell())
        {
            Add(tell);
        }
    }

    /// <summary>Tells all that is left, as long as Redis listens.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (circuit.IsUp && !cancellationToken.IsCancellationRequested && _work.TryDequeue(out var work))
        {
            if (timeProvider.GetElapsedTime(work.At) < MostAge && !await work.Tell())
            {
                _work.Enqueue(work);
                return;
            }
        }
    }
}
