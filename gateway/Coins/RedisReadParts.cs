using Rke.Wire;

namespace Rke.Gateway.Coins;

/// <summary>
/// Parts of one key server that were read. While Redis frees the coins of some of them, the others wait, and one command frees them all.
/// So the number of commands does not grow with the number of parts. Safe for use by several threads.
/// </summary>
internal sealed class RedisReadParts
{
    private readonly Lock _gate = new();
    private RedisReadBatch? _next;
    private bool _isRunning;

    /// <summary>Adds a part.</summary>
    /// <param name="send">Sends one batch. Runs for one batch at a time.</param>
    /// <returns>A task that ends when the batch of the part was sent.</returns>
    public Task AddAsync(CoinId coin, string digest, Func<RedisReadBatch, ValueTask> send)
    {
        RedisReadBatch batch;
        bool isFirst;
        lock (_gate)
        {
            batch = _next ??= new();
            batch.Parts.Add((coin, digest));
            (isFirst, _isRunning) = (!_isRunning, true);
        }

        if (isFirst)
        {
            _ = SendAllAsync(send);
        }

        return batch.Sent.Task;
    }

    private async Task SendAllAsync(Func<RedisReadBatch, ValueTask> send)
    {
        while (Take() is { } batch)
        {
            try
            {
                await send(batch);
                batch.Sent.SetResult();
            }
            catch (Exception exception)
            {
                batch.Sent.SetException(exception);
            }
        }
    }

    private RedisReadBatch? Take()
    {
        lock (_gate)
        {
            var batch = _next;
            (_next, _isRunning) = (null, batch is not null);
            return batch;
        }
    }
}

/// <summary>Parts whose coins one command frees.</summary>
internal sealed class RedisReadBatch
{
    public List<(CoinId Coin, string Digest)> Parts { get; } = [];

    public TaskCompletionSource Sent { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
