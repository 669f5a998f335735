using System.Collections.Concurrent;

namespace Rke.Gateway.Redis;

/// <summary>
/// Commands that failed and run again later, such as the release of a coin. The queue drops commands if it is full or if they
/// are too old. A coin whose release is dropped stays occupied until its part expires.
/// </summary>
internal sealed class RedisRetryQueue(RedisCircuit circuit, TimeProvider timeProvider)
{
    private const int Capacity = 10_000;
    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(10);

    private readonly ConcurrentQueue<(long At, Func<ValueTask<bool>> Send)> _work = new();

    /// <param name="send">Sends the command. Returns false if Redis is unavailable.</param>
    public void Add(Func<ValueTask<bool>> send)
    {
        if (_work.Count < Capacity)
        {
            _work.Enqueue((timeProvider.GetTimestamp(), send));
        }
    }

    /// <summary>Sends the command now, or queues it if Redis is unavailable.</summary>
    public async ValueTask SendAsync(Func<ValueTask<bool>> send)
    {
        if (!await send())
        {
            Add(send);
        }
    }

    /// <summary>Sends all queued commands while Redis is available.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (circuit.IsUp && !cancellationToken.IsCancellationRequested && _work.TryDequeue(out var work))
        {
            if (timeProvider.GetElapsedTime(work.At) < MaxAge && !await work.Send())
            {
                _work.Enqueue(work);
                return;
            }
        }
    }
}
