using Rke.Gateway.Networks;
using Rke.Gateway.Redis;
using Rke.Wire;
using StackExchange.Redis;

namespace Rke.Gateway.Coins;

/// <summary>The refused coins in Redis (docs/STATE.md).</summary>
internal sealed class RedisCoinRefusals(RedisCircuit circuit, RedisRetryQueue retries) : ICoinRefusals
{
    private static readonly RedisScript AcceptScript = new("coin-accept", "coin-record", "coin-released");
    private static readonly RedisScript FindScript = new("coin-refused");
    private static readonly RedisScript RefuseScript = new("coin-refuse", "coin-record");

    public async ValueTask<CoinRefusal?> RefuseAsync(ServerId server, CoinId coin)
    {
        var keys = new RedisCoinKeys(server);
        var reply = await circuit.RunAsync(
            RefuseScript,
            [keys.Coin(coin), keys.Refused],
            [(long)CoinRefusal.FirstRest.TotalMicroseconds, (long)CoinRefusal.MaxRest.TotalMicroseconds]);
        return reply is null ? null : ToRefusal(coin, (RedisValue[])reply!);
    }

    public ValueTask AcceptAsync(ServerId server, CoinId coin)
    {
        var keys = new RedisCoinKeys(server);
        return retries.SendAsync(async () =>
            await circuit.RunAsync(AcceptScript, [keys.Coin(coin), keys.Refused, keys.Released], []) is not null);
    }

    public async ValueTask<IReadOnlyList<CoinRefusal>?> FindAsync(ServerId server)
    {
        var keys = new RedisCoinKeys(server);
        return await circuit.RunAsync(FindScript, [keys.Refused], []) is not { } reply
            ? null
            : [.. ((RedisValue[])reply!).Chunk(3).Select(refused => ToRefusal(keys.CoinOf(((string?)refused[0])!), refused[1..]))];
    }

    private static CoinRefusal ToRefusal(CoinId coin, RedisValue[] values) =>
        new(coin, (int)values[0], TimeSpan.FromMicroseconds((long)values[1]));
}
