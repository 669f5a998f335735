using System.Diagnostics;
using Rke.Gateway.Configuration;
using Rke.Gateway.State;

namespace Rke.Gateway.Tests.State;

/// <summary>Redis that is slow, gone, forgetful or another one.</summary>
public sealed class RedisFailureTests
{
    private static readonly ServerNumber Server = new(6, 14);

    // What the product promises is 50 ms; a test machine that is busy with other tests gets more.
    private static readonly TimeSpan SoonEnough = TimeSpan.FromMilliseconds(500);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_forgot_its_scripts_gets_them_again()
    {
        await using var server = await RedisServerProcess.StartAsync();
        await using var state = await RedisState.ConnectAsync(server);
        Assert.Equal(CoinAnswer.Granted, (await state.ReserveAsync(1)).Answer);
        await server.AskAsync("SCRIPT", "FLUSH");
        Assert.Equal(CoinAnswer.Granted, (await state.ReserveAsync(2)).Answer);
        Assert.Equal(CoinAnswer.Occupied, (await state.ReserveAsync(2)).Answer);
    }

    [Fact]
    public async Task A_server_that_is_silent_keeps_nobody_waiting_and_is_back_at_once()
    {
        await using var server = await RedisServerProcess.StartAsync();
        await using var state = await RedisState.ConnectAsync(server, timeout: RedisSettings.DefaultTimeout);
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(1)).Answer != CoinAnswer.Unavailable);

        server.Signal("STOP");
        var waited = Stopwatch.StartNew();
        var grants = await Task.WhenAll(Enumerable.Range(2, 20).Select(coin => state.ReserveAsync((uint)coin)));
        Assert.InRange(waited.Elapsed, TimeSpan.Zero, SoonEnough);
        Assert.All(grants, grant => Assert.Equal(CoinAnswer.Unavailable, grant.Answer));
        Assert.All(grants, grant => Assert.InRange(grant.RetryAfter, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(2)));
        Assert.False(state.Circuit.IsUp);

        server.Signal("CONT");
        waited.Restart();
        await Eventually.IsTrueAsync(() => state.Circuit.IsUp);
        Assert.InRange(waited.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));

        // Carried out or not while nobody waited any more: no coin is lost by it.
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(2)).Answer == CoinAnswer.Granted);
        foreach (var coin in Enumerable.Range(3, 19))
        {
            await Eventually.IsTrueAsync(async () => (await state.ReserveAsync((uint)coin)).Answer == CoinAnswer.Granted);
        }

        Assert.Equal(CoinAnswer.Occupied, (await state.ReserveAsync(1)).Answer);
    }

    [Fact]
    public async Task A_server_that_comes_back_empty_learns_what_is_held_before_anybody_gets_a_coin()
    {
        await using var server = await RedisServerProcess.StartAsync();
        await using var one = await RedisState.ConnectAsync(server);
        await using var two = await RedisState.ConnectAsync(server);
        Assert.Equal(CoinAnswer.Granted, (await one.ReserveAsync(1)).Answer);
        Assert.Equal(CoinAnswer.Granted, (await two.ReserveAsync(2)).Answer);

        await server.KillAsync();
        Assert.Equal(CoinAnswer.Unavailable, (await one.ReserveAsync(3)).Answer);
        await Eventually.IsTrueAsync(() => !two.Circuit.IsUp || AskAndSeeDown(two));
        var waited = Stopwatch.StartNew();
        await server.StartAgainAsync();
        await Eventually.IsTrueAsync(async () =>
        {
            var answer = (await one.ReserveAsync(2)).Answer;
            Assert.NotEqual(CoinAnswer.Granted, answer);
            return answer == CoinAnswer.Occupied;
        });
        Assert.InRange(waited.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(3));
        Assert.Equal(CoinAnswer.Occupied, (await two.ReserveAsync(1)).Answer);
        Assert.Equal(CoinAnswer.Granted, (await one.ReserveAsync(3)).Answer);

        bool AskAndSeeDown(RedisState state)
        {
            _ = state.ReserveAsync(3);
            return !state.Circuit.IsUp;
        }
    }

    [Fact]
    public async Task A_server_that_is_emptied_under_way_learns_what_is_held()
    {
        await using var server = await RedisServerProcess.StartAsync();
        await using var one = await RedisState.ConnectAsync(server);
        await using var two = await RedisState.ConnectAsync(server);
        await one.ReserveAsync(1);
        await two.ReserveAsync(2);
        await server.AskAsync("FLUSHALL");
        await Eventually.IsTrueAsync(async () =>
        {
            var answer = (await one.ReserveAsync(2)).Answer;
            Assert.NotEqual(CoinAnswer.Granted, answer);
            return answer == CoinAnswer.Occupied;
        });
        Assert.Equal(CoinAnswer.Occupied, (await two.ReserveAsync(1)).Answer);
    }

    [Fact]
    public async Task Word_of_a_free_coin_that_comes_while_Redis_is_away_is_told_later()
    {
        await using var server = await RedisServerProcess.StartAsync();
        await using var state = await RedisState.ConnectAsync(server);
        var grant = await state.ReserveAsync(1);
        server.Signal("STOP");
        await using var impatient = state;
        await state.Coins.FreeAsync(Server, grant.Reservation.Part, grant.Reservation.Coin).AsTask()
            .WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        server.Signal("CONT");
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(1)).Answer == CoinAnswer.Granted);
    }

    [Fact]
    public async Task The_replica_that_takes_over_is_found()
    {
        await using var primary = await RedisServerProcess.StartAsync();
        await using var replica = await RedisServerProcess.StartAsync("--replicaof", "127.0.0.1", $"{primary.Port}");
        await Eventually.IsTrueAsync(async () => (await replica.AskAsync("INFO", "replication")).Contains("master_link_status:up"));
        await using var state = await RedisState.ConnectAsync(
            RedisState.Settings(RedisSettings.DefaultTimeout * 5, primary, replica));
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(1)).Answer == CoinAnswer.Granted);

        await primary.KillAsync();
        Assert.Equal(CoinAnswer.Unavailable, (await state.ReserveAsync(2)).Answer);
        await replica.AskAsync("REPLICAOF", "NO", "ONE");
        var waited = Stopwatch.StartNew();
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(2)).Answer == CoinAnswer.Granted);
        Assert.InRange(waited.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.Equal(CoinAnswer.Occupied, (await state.ReserveAsync(1)).Answer);
    }

    [Fact]
    public async Task A_primary_that_became_a_replica_is_left_for_its_successor()
    {
        await using var first = await RedisServerProcess.StartAsync();
        await using var second = await RedisServerProcess.StartAsync("--replicaof", "127.0.0.1", $"{first.Port}");
        await Eventually.IsTrueAsync(async () => (await second.AskAsync("INFO", "replication")).Contains("master_link_status:up"));
        await using var state = await RedisState.ConnectAsync(RedisState.Settings(null, first, second));
        Assert.Equal(CoinAnswer.Granted, (await state.ReserveAsync(1)).Answer);

        await second.AskAsync("REPLICAOF", "NO", "ONE");
        await first.AskAsync("REPLICAOF", "127.0.0.1", $"{second.Port}");
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(2)).Answer == CoinAnswer.Granted);
        Assert.Equal(CoinAnswer.Occupied, (await state.ReserveAsync(1)).Answer);
    }

    [Fact]
    public async Task A_failover_by_Sentinel_is_followed_also_when_the_old_primary_wakes_up()
    {
        await using var primary = await RedisServerProcess.StartAsync();
        await using var replica = await RedisServerProcess.StartAsync("--replicaof", "127.0.0.1", $"{primary.Port}");
        await Eventually.IsTrueAsync(async () => (await replica.AskAsync("INFO", "replication")).Contains("master_link_status:up"));
        await using var sentinel = RedisServerProcess.PrepareSentinel(primary);
        await sentinel.StartAgainAsync();
        await Eventually.IsTrueAsync(async () => (await sentinel.AskAsync("INFO", "sentinel")).Contains("slaves=1"));
        await using var state = await RedisState.ConnectAsync(
            RedisState.Settings(RedisSettings.DefaultTimeout * 5, primary, replica));
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(1)).Answer == CoinAnswer.Granted);

        primary.Signal("STOP");
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(2)).Answer == CoinAnswer.Granted);
        primary.Signal("CONT");
        await Eventually.IsTrueAsync(primary.IsReplicaAsync);
        await state.BecomesOccupiedAsync(1);
        await state.BecomesOccupiedAsync(2);

        Assert.Contains("role:master", await replica.AskAsync("INFO", "replication"));
    }

    [Fact]
    public async Task Redis_that_is_not_there_at_start_is_found_when_it_comes()
    {
        await using var server = RedisServerProcess.Prepare();
        await using var state = await RedisState.ConnectAsync(server);
        Assert.False(state.Circuit.IsUp);
        Assert.Equal(CoinAnswer.Unavailable, (await state.ReserveAsync(1)).Answer);
        await server.StartAgainAsync();
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(1)).Answer == CoinAnswer.Granted);
    }

    [Fact]
    public async Task A_busy_process_does_not_take_a_healthy_Redis_for_a_silent_one()
    {
        await using var server = await RedisServerProcess.StartAsync();
        await using var state = await RedisState.ConnectAsync(server, timeout: RedisSettings.DefaultTimeout);
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(1)).Answer != CoinAnswer.Unavailable);

        // The thread pool has several times more work than processors: replies wait longer than the timeout to be read.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var work = Enumerable.Range(0, 8 * Environment.ProcessorCount).Select(_ => SpinAsync(end.Token)).ToArray();
        var slowest = TimeSpan.Zero;
        foreach (var coin in Enumerable.Range(2, 40))
        {
            var waited = Stopwatch.StartNew();
            Assert.Equal(CoinAnswer.Granted, (await state.ReserveAsync((uint)coin)).Answer);
            slowest = waited.Elapsed > slowest ? waited.Elapsed : slowest;
        }

        await end.CancelAsync();
        await Task.WhenAll(work);
        Assert.True(slowest > RedisSettings.DefaultTimeout, $"the process was not busy: {slowest}");

        static async Task SpinAsync(CancellationToken end)
        {
            while (!end.IsCancellationRequested)
            {
                await Task.Yield();
                for (var spun = Stopwatch.StartNew(); spun.ElapsedMilliseconds < 20;)
                {
                }
            }
        }
    }
}
