using Grpc.Core;
using Rke.Gateway.Errors;
using Rke.Gateway.Redis;
using StackExchange.Redis;

namespace Rke.Gateway.Kme;

/// <summary>
/// The stocks of all replicas, in Redis. All keys of a stock share one hash tag.
/// <code>
/// rke:{k:m:master:slave}:n   the Redis process that has the stock of a master, and the lease of its refill
/// rke:{k:m:master:slave}:e   names of keys by time of expiry
/// rke:{k:m:master:slave}:k   encrypted keys by name
/// rke:{k:s:master:slave}:…   the same for the slave
/// </code>
/// </summary>
internal sealed class RedisKeyStock(RedisCircuit circuit, TimeProvider timeProvider) : IKeyStock
{
    // At its memory limit, Redis refuses keys of the KME. Then the other calls of the gateway continue.
    private static readonly RedisScript AddScript = new("kme-add", prologue: "kme-begin", isOptional: true);
    private static readonly RedisScript CountScript = new("kme-count", prologue: "kme-begin", isOptional: true);
    private static readonly RedisScript RefillScript = new("kme-refill", prologue: "kme-begin", isOptional: true);
    private static readonly RedisScript TakeScript = new("kme-take", prologue: "kme-begin", isOptional: true);
    private static readonly RedisScript TakeNamedScript = new("kme-take-named", prologue: "kme-begin", isOptional: true);

    private const int MaxAttempts = 20;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    public async ValueTask<bool> AddAsync(
        StockName stock, IReadOnlyList<StockedKey> keys, TimeSpan lifetime, int capacity, CancellationToken cancellationToken)
    {
        RedisValue[] values =
        [
            SideOf(stock),
            (long)lifetime.TotalMilliseconds,
            capacity,
            .. keys.SelectMany(key => new RedisValue[] { key.Name, key.Sealed }),
        ];
        for (var attempt = 1; ; attempt++)
        {
            // A failed command can have added the keys. A master takes the oldest keys, so it could take a key of a repeated command
            // twice. A slave names the keys that it takes, and the master names each key once.
            try
            {
                return (int)(await RunAsync(AddScript, stock, values))[0] == 1;
            }
            catch (RpcException) when (stock.Side == StockSide.Slave && attempt < MaxAttempts)
            {
                await Task.Delay(RetryDelay, timeProvider, cancellationToken);
            }
        }
    }

    public async ValueTask<TakenKeys> TakeAsync(StockName stock, int count)
    {
        var reply = await RunAsync(TakeScript, stock, SideOf(stock), count);
        return new([.. reply.Skip(1).Chunk(2).Select(pair => new StockedKey((string)pair[0]!, (byte[])pair[1]!))], (int)reply[0]);
    }

    public async ValueTask<FoundKeys> TakeAsync(StockName stock, IReadOnlyList<string> names)
    {
        var reply = await RunAsync(TakeNamedScript, stock, [SideOf(stock), .. names.Select(name => (RedisValue)name)]);
        return (int)reply[0] == 1
            ? new([.. names.Zip(reply.Skip(1), (name, sealedKey) => new StockedKey(name, (byte[])sealedKey!))], [])
            : new([], [.. reply.Skip(1).Select(name => (string)name!)]);
    }

    public async ValueTask<int> CountAsync(StockName stock) => (int)(await RunAsync(CountScript, stock, SideOf(stock)))[0];

    public async ValueTask<int?> TryRefillAsync(StockName stock, string ticket, TimeSpan lease)
    {
        var reply = await RunAsync(RefillScript, stock, SideOf(stock), ticket, (long)lease.TotalMilliseconds);
        return (int)reply[0] == 1 ? (int)reply[1] : null;
    }

    private static RedisValue SideOf(StockName stock) => stock.Side == StockSide.Master ? "m" : "s";

    private async ValueTask<RedisValue[]> RunAsync(RedisScript script, StockName stock, params RedisValue[] values)
    {
        var prefix = $"rke:{{k:{stock}}}:";
        return await circuit.RunAsync(script, [prefix + "n", prefix + "e", prefix + "k"], values) is { } result
            ? (RedisValue[])result!
            : throw CallFailure.StateUnavailable().ToException();
    }
}
