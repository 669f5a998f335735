using Rke.Gateway.Configuration;
using Rke.Gateway.State;

namespace Rke.Gateway.Tests.State;

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
        Assert.Equal(CoinAnswer.Granted, (await state.ReserveAsync(1)).Answer);

        await primary.KillAsync();
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(2)).Answer == CoinAnswer.Granted);
        Assert.Contains("role:master", await replica.AskAsync("INFO", "replication"));
        Assert.Equal(CoinAnswer.Occupied, (await state.ReserveAsync(1)).Answer);
    }

    [Fact]
    public async Task A_silent_primary_is_left_and_not_used_again_when_it_wakes_up()
    {
        await using var primary = await RedisServerProcess.StartAsync();
        await using var replica = await StartReplicaAsync(primary);
        await using var sentinel = await StartSentinelAsync(primary);
        await using var state = await RedisState.ConnectAsync(Settings(sentinel));
        Assert.Equal(CoinAnswer.Granted, (await state.ReserveAsync(1)).Answer);

        primary.Signal("STOP");
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(2)).Answer == CoinAnswer.Granted);
        primary.Signal("CONT");
        await Eventually.IsTrueAsync(primary.IsReplicaAsync);
        await state.BecomesOccupiedAsync(1);
        await state.BecomesOccupiedAsync(2);
    }

    [Fact]
    public async Task Sentinels_that_are_not_there_at_start_are_found_when_they_come()
    {
        await using var primary = await RedisServerProcess.StartAsync();
        await using var sentinel = RedisServerProcess.PrepareSentinel(primary);
        await using var state = await RedisState.ConnectAsync(Settings(sentinel));
        Assert.False(state.Circuit.IsUp);
        await sentinel.StartAgainAsync();
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(1)).Answer == CoinAnswer.Granted);
    }

    [Fact]
    public async Task Sentinels_without_a_password_are_asked_for_servers_with_one()
    {
        await using var primary = RedisServerProcess.Prepare(password: "s3cret", arguments: ["--requirepass", "s3cret"]);
        await primary.StartAgainAsync();
        await using var sentinel = RedisServerProcess.PrepareSentinel(primary);
        await sentinel.StartAgainAsync();
        await using var state = await RedisState.ConnectAsync(Settings(sentinel) with { Password = primary.Password });
        Assert.Equal(CoinAnswer.Granted, (await state.ReserveAsync(1)).Answer);
    }

    [Fact]
    public async Task Sentinels_with_the_password_of_the_servers_are_asked_with_it()
    {
        await using var primary = RedisServerProcess.Prepare(password: "s3cret", arguments: ["--requirepass", "s3cret"]);
        await primary.StartAgainAsync();
        await using var sentinel = RedisServerProcess.PrepareSentinel(primary, "s3cret");
        await sentinel.StartAgainAsync();
        await using var state = await RedisState.ConnectAsync(Settings(sentinel) with { Password = primary.Password });
        Assert.Equal(CoinAnswer.Granted, (await state.ReserveAsync(1)).Answer);
    }

    private static RedisSettings Settings(RedisServerProcess sentinel) =>
        RedisState.Settings(RedisSettings.DefaultTimeout * 5, sentinel) with { SentinelService = "coins" };

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
