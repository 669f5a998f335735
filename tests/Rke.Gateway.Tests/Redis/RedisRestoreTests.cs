using Rke.Gateway.Coins;
using Rke.Gateway.Networks;
using Rke.Gateway.Redis;
using Rke.Wire;

namespace Rke.Gateway.Tests.Redis;

/// <summary>The restore of coins after Redis lost its data. The model of tests/Rke.Model.Tests found these cases.</summary>
public sealed class RedisRestoreTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly ServerId Server = new(6, 14);
    private static readonly CoinId Coin = new(0, 1);
    private static readonly RedisScript FindScript = new("coin-find");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_two_replicas_that_restore_a_coin_the_later_reservation_wins()
    {
        var replicas = await redis.ConnectAsync(2);
        await using var one = replicas[0];
        await using var two = replicas[1];
        var (first, second) = (RedisState.NextHash(), RedisState.NextHash());
        await ReserveAsync(one, first, TimeSpan.FromMinutes(1));

        // The first replica does not know that its part was read through the second one.
        await two.Coins.FreeAsync(Server, first, Coin);
        await ReserveAsync(two, second, TimeSpan.FromMinutes(2));

        await redis.Server.AskAsync("FLUSHALL");
        await one.Held.CheckAsync();
        await two.Held.CheckAsync();
        Assert.Contains(RedisCoinKeys.Digest(second), await redis.Server.AskAsync("GET", KeyOf(one, Coin)));
    }

    [Fact]
    public async Task A_reservation_that_is_processed_after_the_restore_is_restored_in_the_grace_period()
    {
        var replicas = await redis.ConnectAsync(1);
        await using var state = replicas[0];
        await ReserveAsync(state, RedisState.NextHash(), TimeSpan.FromMinutes(1));

        // On a busy machine, the grace period can end before the second check.
        var serial = Coin.SerialNumber;
        await Eventually.IsTrueAsync(async () =>
        {
            await redis.Server.AskAsync("FLUSHALL");
            await state.Held.CheckAsync();
            var (late, part) = (new CoinId(0, ++serial), RedisCoinKeys.Digest(RedisState.NextHash()));
            state.Held.Hold(state.Held.Of(Server), late, "ticket", part, TimeSpan.FromMinutes(1));
            await state.Held.CheckAsync();
            return (await redis.Server.AskAsync("GET", KeyOf(state, late))).Contains(part);
        });
    }

    [Fact]
    public async Task A_reply_that_is_processed_after_an_outage_counts_as_lost_for_a_reservation()
    {
        await using var server = await RedisServerProcess.StartAsync();
        await using var state = await RedisState.ConnectAsync(server);
        server.Signal("STOP");
        var late = state.Circuit.RunWithoutOutageAsync(FindScript, ["rke:?"], []).AsTask();
        var other = state.Circuit.RunAsync(FindScript, ["rke:?"], []).AsTask();

        // As after an outage and the recovery.
        state.Circuit.Close();
        server.Signal("CONT");
        Assert.NotNull(await other);
        Assert.Null(await late);
    }

    private static string KeyOf(RedisState state, CoinId coin) => state.Held.Of(Server).Keys.Coin(coin)!;

    private static async Task ReserveAsync(RedisState state, KeyIdHash part, TimeSpan lifetime)
    {
        var request = new ReservationRequest(
            Server, [Coin], 0, part, Occupies: true, lifetime, new CoinLimit(5, TimeSpan.FromMinutes(1)));
        Assert.Equal(ReservationAnswer.Granted, (await state.Coins.ReserveAsync(request, Cancelled)).Answer);
    }
}
