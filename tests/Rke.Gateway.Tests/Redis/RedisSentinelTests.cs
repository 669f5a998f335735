using Rke.Gateway.Coins;
using Rke.Gateway.Redis;

namespace Rke.Gateway.Tests.Redis;

/// <summary>The endpoints are Sentinels, which name the primary.</summary>
public sealed class RedisSentinelTests
{
    [Fact]
    public async Task A_failover_is_followed_to_a_server_that_no_setting_names()
    {
        await using var primary = await RedisServerProcess.StartAsync();
        await using var replica = await StartReplicaAsync(primary);
        await using var sentinel = await StartSentinelAsync(primary);
        await using var state = await RedisState.ConnectAsync(Settings(sentinel));
        Assert.Equal(ReservationAnswer.Granted, (await state.ReserveAsync(1)).Answer);

        await primary.KillAsync();
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(2)).Answer == ReservationAnswer.Granted);
        Assert.Contains("role:master", await replica.AskAsync("INFO", "replication"));
        Assert.Equal(ReservationAnswer.Occupied, (await state.ReserveAsync(1)).Answer);
    }

    [Fact]
    public async Task A_primary_that_stops_answering_is_replaced_and_not_used_when_it_answers_again()
    {
        await using var primary = await RedisServerProcess.StartAsync();
        await using var replica = await StartReplicaAsync(primary);
        await using var sentinel = await StartSentinelAsync(primary);
        await using var state = await RedisState.ConnectAsync(Settings(sentinel));
        Assert.Equal(ReservationAnswer.Granted, (await state.ReserveAsync(1)).Answer);

        primary.Signal("STOP");
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(2)).Answer == ReservationAnswer.Granted);
        primary.Signal("CONT");
        await Eventually.IsTrueAsync(primary.IsReplicaAsync);
        await state.BecomesOccupiedAsync(1);
        await state.BecomesOccupiedAsync(2);
    }

    [Fact]
    public async Task Sentinels_can_start_after_the_gateway()
    {
        await using var primary = await RedisServerProcess.StartAsync();
        await using var sentinel = RedisServerProcess.PrepareSentinel(primary);
        await using var state = await RedisState.ConnectAsync(Settings(sentinel));
        Assert.False(state.Circuit.IsUp);
        await sentinel.StartAgainAsync();
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(1)).Answer == ReservationAnswer.Granted);
    }

    [Fact]
    public async Task Sentinels_without_a_password_work_with_servers_with_a_password()
    {
        await using var primary = RedisServerProcess.Prepare(password: "s3cret", arguments: ["--requirepass", "s3cret"]);
        await primary.StartAgainAsync();
        await using var sentinel = RedisServerProcess.PrepareSentinel(primary);
        await sentinel.StartAgainAsync();
        await using var state = await RedisState.ConnectAsync(Settings(sentinel) with { Password = primary.Password });
        Assert.Equal(ReservationAnswer.Granted, (await state.ReserveAsync(1)).Answer);
    }

    [Fact]
    public async Task Sentinels_can_have_the_password_of_the_servers()
    {
        await using var primary = RedisServerProcess.Prepare(password: "s3cret", arguments: ["--requirepass", "s3cret"]);
        await primary.StartAgainAsync();
        await using var sentinel = RedisServerProcess.PrepareSentinel(primary, "s3cret");
        await sentinel.StartAgainAsync();
        await using var state = await RedisState.ConnectAsync(Settings(sentinel) with { Password = primary.Password });
        Assert.Equal(ReservationAnswer.Granted, (await state.ReserveAsync(1)).Answer);
    }

    private static RedisOptions Settings(RedisServerProcess sentinel) =>
        RedisState.Settings(RedisOptions.DefaultTimeout * 5, sentinel) with { SentinelService = "coins" };

    private static async Task<RedisServerProcess> StartReplicaAsync(RedisServerProcess primary)
    {
        var replica = await RedisServerProcess.StartAsync("--replicaof", "127.0.0.1", $"{primary.Port}");
        await Eventually.IsTrueAsync(async () =>
            (await replica.AskAsync("INFO", "replication")).Contains("master_link_status:up"));
        return replica;
    }

    private static async Task<RedisServerProcess> StartSentinelAsync(RedisServerProcess primary)
    {
        var sentinel = RedisServerProcess.PrepareSentinel(primary);
        await sentinel.StartAgainAsync();
        await Eventually.IsTrueAsync(async () => (await sentinel.AskAsync("INFO", "sentinel")).Contains("slaves=1"));
        return sentinel;
    }
}
