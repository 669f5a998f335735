using System.Globalization;
using Rke.Gateway.Errors;
using Rke.Gateway.Redis;
using StackExchange.Redis;

namespace Rke.Gateway.Sessions.Store;

/// <summary>
/// Records deliveries to consumers in batches. An arrival is delivered to all watchers of a replica at the same time. All deliveries that
/// wait while a script runs are in the next script.
/// </summary>
internal sealed class RedisDeliveries(RedisCircuit circuit, RedisKey[] keys, TimeSpan lifetime)
{
    private static readonly RedisScript Script = new("session-deliver", prologue: "session-begin");

    private const int MaxConsumers = 256;

    private readonly Lock _gate = new();
    private Queue<Delivery> _waiting = new();
    private bool _isRunning;

    /// <summary>Returns the highest number that was recorded for the consumer before.</summary>
    public Task<ulong> NoteAsync(string consumer, ulong number)
    {
        var delivery = new Delivery(consumer, number);
        lock (_gate)
        {
            _waiting.Enqueue(delivery);
            if (!_isRunning)
            {
                _isRunning = true;
                _ = Task.Run(RunAsync);
            }
        }

        return delivery.Highest.Task;
    }

    private async Task RunAsync()
    {
        while (TakeAll() is { } deliveries)
        {
            foreach (var batch in deliveries.GroupBy(delivery => delivery.Consumer).Chunk(MaxConsumers))
            {
                await RunAsync(batch);
            }
        }
    }

    private Queue<Delivery>? TakeAll()
    {
        lock (_gate)
        {
            if (_waiting.Count == 0)
            {
                _isRunning = false;
                return null;
            }

            var all = _waiting;
            _waiting = new();
            return all;
        }
    }

    private async Task RunAsync(IGrouping<string, Delivery>[] consumers)
    {
        try
        {
            RedisValue[] values =
            [
                (long)lifetime.TotalMilliseconds,
                .. consumers.SelectMany(consumer =>
                    new RedisValue[] { consumer.Key, (long)consumer.Max(delivery => delivery.Number) }),
            ];
            var result = await circuit.RunAsync(Script, keys, values);
            if (result is null)
            {
                throw CallFailure.StateUnavailable().ToException();
            }

            foreach (var (consumer, reply) in consumers.Zip((RedisValue[])result!))
            {
                var highest = ulong.Parse((string)reply!, NumberStyles.None, CultureInfo.InvariantCulture);
                foreach (var delivery in consumer)
                {
                    delivery.Highest.SetResult(highest);
                    highest = Math.Max(highest, delivery.Number);
                }
            }
        }
#pragma warning disable CA1031 // Each watcher gets the exception. The loop continues with the next batch.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            foreach (var delivery in consumers.SelectMany(consumer => consumer))
            {
                delivery.Highest.TrySetException(exception);
            }
        }
    }

    private sealed record Delivery(string Consumer, ulong Number)
    {
        public TaskCompletionSource<ulong> Highest { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
