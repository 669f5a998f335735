using Rke.Wire;
using StackExchange.Redis;

namespace Rke.Gateway.State;

/// <summary>Counts coins in the shared state. Every replica asks, so it asks seldom.</summary>
internal sealed class RedisCoinCensus(RedisCircuit circuit, RedisHeldCoins held) : ICoinCensus
{
    private const int MostAtOnce = 512;

    public TimeSpan Interval => TimeSpan.FromSeconds(30);

    public async ValueTask<CoinCounts?> CountAsync(
        ServerNumber server, IReadOnlyList<CoinId> coins, CoinLimit limit, CancellationToken cancellationToken)
    {
        var there = held.Of(server);
        var (occupied, resting) = (0, 0);
        foreach (var some in coins.Chunk(MostAtOnce))
        {
            cancellationToken.ThrowIfCancellationRequested();
            RedisKey[] keys = [.. some.SelectMany(coin => new[] { there.Keys.Coin(coin), there.Keys.Uses(coin) })];
            RedisValue[] values = [limit.Posts, (long)limit.Window.TotalMicroseconds];
            if (await circuit.RunAsync(RedisScript.Count, keys, values) is not { } result)
            {
                return null;
            }

            var reply = (RedisValue[])result!;
            occupied += (int)reply[0];
            resting += (int)reply[1];
        }

        return new(coins.Count - occupied - resting, occupied, resting);
    }
}
