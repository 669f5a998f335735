using Rke.Gateway.Networks;
using Rke.Gateway.Redis;
using Rke.Wire;
using StackExchange.Redis;

namespace Rke.Gateway.Coins;

/// <summary>Counts coins in Redis. The interval is long, because each replica counts.</summary>
internal sealed class RedisCoinCounter(RedisCircuit circuit, RedisHeldCoins held) : ICoinCounter
{
    private static readonly RedisScript CountScript = new("coin-count", "coin-record");

    private const int MaxAtOnce = 512;

    public TimeSpan Interval => TimeSpan.FromSeconds(30);

    public async ValueTask<CoinCounts?> CountAsync(
        ServerId server, IReadOnlyList<CoinId> coins, CoinLimit limit, CancellationToken cancellationToken)
    {
        var state = held.Of(server);
        var (occupied, inCooldown) = (0, 0);
        foreach (var some in coins.Chunk(MaxAtOnce))
        {
            cancellationToken.ThrowIfCancellationRequested();
            RedisKey[] keys = [.. some.SelectMany(coin => new[] { state.Keys.Coin(coin), state.Keys.Uses(coin) })];
            RedisValue[] values = [limit.Posts, (long)limit.Window.TotalMicroseconds];
            if (await circuit.RunAsync(CountScript, keys, values) is not { } result)
            {
                return null;
            }

            var reply = (RedisValue[])result!;
            occupied += (int)reply[0];
            inCooldown += (int)reply[1];
        }

        return new(coins.Count - occupied - inCooldown, occupied, inCooldown);
    }
}
