using Rke.Gateway.Coins;
using Rke.Gateway.Redis;
using Rke.Gateway.Tests.Redis;
using StackExchange.Redis;

namespace Rke.Gateway.Tests.Coins;

/// <summary>The contract with three replicas, which take the steps in turn.</summary>
public sealed class RedisCoinStateTests(RedisFixture redis) : CoinStateContract, IClassFixture<RedisFixture>, IAsyncLifetime
{
    private RedisState[] _replicas = [];
    private uint _turn;

    private protected override ICoinState State => Next.Coins;

    private protected override ICoinRefusals Refusals => Next.Refusals;

    private RedisState Next => _replicas[Interlocked.Increment(ref _turn) % (uint)_replicas.Length];

    [Fact]
    public async Task A_coin_whose_occupancy_ends_during_a_restore_does_not_stop_it()
    {
        await using var server = await RedisServerProcess.StartAsync();
        await using var replica = await RedisState.ConnectAsync(server);
        var restore = new RedisScript("coin-restore", "coin-record");
        var first = (RedisValue[])(await replica.Circuit.RunRegardlessAsync(restore, ["{t}e"], ["none"]))!;

        // Microseconds. The first coin has expired.
        var reply = await replica.Circuit.RunRegardlessAsync(
            restore,
            ["{t}e", "{t}coin1", "{t}part1", "{t}coin2", "{t}part2"],
            [first[0], "a", "part1", -3000, "b", "part2", 60_000_000]);

        Assert.NotNull(reply);
        Assert.Contains(":0", await server.AskAsync("EXISTS", "{t}coin1"), StringComparison.Ordinal);
        Assert.Contains(":1", await server.AskAsync("EXISTS", "{t}coin2"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(3, 8)]
    [InlineData(4, 16)]
    [InlineData(999, 16)]
    public async Task Each_refusal_doubles_the_rest_up_to_a_maximum(int earlier, int minutes)
    {
        // A rest that has ended.
        await redis.Server.AskAsync("HSET", "rke:{6.14}:d", "rke:{6.14}:c:0.1", $"{earlier} 1");
        var refusal = await Refusals.RefuseAsync(new(6, 14), new(0, 1));
        Assert.Equal((earlier + 1, TimeSpan.FromMinutes(minutes)), (refusal!.Value.Refusals, refusal.Value.Rest));
    }

    public async ValueTask InitializeAsync() => _replicas = await redis.ConnectAsync(3);

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
        {
            await replica.DisposeAsync();
        }
    }

    private protected override Task PassAsync(TimeSpan time) => redis.PassAsync(time);
}
