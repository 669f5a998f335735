using System.Diagnostics;
using Rke.Gateway.Coins;
using Rke.Gateway.Networks;
using Rke.Gateway.Redis;

namespace Rke.Gateway.Tests.Redis;

/// <summary>A Redis that is slow or unavailable, loses its data, or is replaced by another one.</summary>
public sealed class RedisFailureTests
{
    private static readonly ServerId Server = new(6, 14);

    // The product promises 50 ms. A busy test machine needs more.
    private static readonly TimeSpan SoonEnough = TimeSpan.FromMilliseconds(500);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_SCRIPT_FLUSH_the_scripts_are_sent_again()
    {
        await using var server = await RedisServerProcess.StartAsync();
        await using var state = await RedisState.ConnectAsync(server);
        Assert.Equal(ReservationAnswer.Granted, (await state.ReserveAsync(1)).Answer);
        await server.AskAsync("SCRIPT", "FLUSH");
        Assert.Equal(ReservationAnswer.Granted, (await state.ReserveAsync(2)).Answer);
        Assert.Equal(ReservationAnswer.Occupied, (await state.ReserveAsync(2)).Answer);
    }

    [Fact]
    public async Task If_Redis_stops_answering_calls_fail_fast_and_succeed_again_when_it_answers()
    {
        await using var server = await RedisServerProcess.StartAsync();
        await using var state = await RedisState.ConnectAsync(server, timeout: RedisOptions.DefaultTimeout);
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(1)).Answer != ReservationAnswer.Unavailable);

        server.Signal("STOP");
        var waited = Stopwatch.StartNew();
        var grants = await Task.WhenAll(Enumerable.Range(2, 20).Select(coin => state.ReserveAsync((uint)coin)));
        Assert.InRange(waited.Elapsed, TimeSpan.Zero, SoonEnough);
        Assert.All(grants, grant => Assert.Equal(ReservationAnswer.Unavailable, grant.Answer));
        Assert.All(grants, grant => Assert.InRange(grant.RetryAfter, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(2)));
        Assert.False(state.Circuit.IsUp);

        server.Signal("CONT");
        waited.Restart();
        await Eventually.IsTrueAsync(() => state.Circuit.IsUp);
        Assert.InRange(waited.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));

        // Redis may have run the commands after the calls failed. No coin is lost.
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(2)).Answer == ReservationAnswer.Granted);
        foreach (var coin in Enumerable.Range(3, 19))
        {
            await Eventually.IsTrueAsync(async () => (await state.ReserveAsync((uint)coin)).Answer == ReservationAnswer.Granted);
        }

        Assert.Equal(ReservationAnswer.Occupied, (await state.ReserveAsync(1)).Answer);
    }

    [Fact]
    public async Task After_a_restart_without_data_reserved_coins_are_restored_before_new_reservations()
    {
        await using var server = await RedisServerProcess.StartAsync();
        await using var one = await RedisState.ConnectAsync(server);
        await using var two = await RedisState.ConnectAsync(server);
        Assert.Equal(ReservationAnswer.Granted, (await one.ReserveAsync(1)).Answer);
        Assert.Equal(ReservationAnswer.Granted, (await two.ReserveAsync(2)).Answer);

        await server.KillAsync();
        Assert.Equal(ReservationAnswer.Unavailable, (await one.ReserveAsync(3)).Answer);
        await Eventually.IsTrueAsync(() => !two.Circuit.IsUp || AskAndSeeDown(two));
        var waited = Stopwatch.StartNew();
        await server.StartAgainAsync();
        await Eventually.IsTrueAsync(async () =>
        {
            var answer = (await one.ReserveAsync(2)).Answer;
            Assert.NotEqual(ReservationAnswer.Granted, answer);
            return answer == ReservationAnswer.Occupied;
        });
        Assert.InRange(waited.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(3));
        Assert.Equal(ReservationAnswer.Occupied, (await two.ReserveAsync(1)).Answer);
        Assert.Equal(ReservationAnswer.Granted, (await one.ReserveAsync(3)).Answer);

        bool AskAndSeeDown(RedisState state)
        {
            _ = state.ReserveAsync(3);
            return !state.Circuit.IsUp;
        }
    }

    [Fact]
    public async Task After_FLUSHALL_reserved_coins_are_restored()
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
            Assert.NotEqual(ReservationAnswer.Granted, answer);
            return answer == ReservationAnswer.Occupied;
        });
        Assert.Equal(ReservationAnswer.Occupied, (await two.ReserveAsync(1)).Answer);
    }

    [Fact]
    public async Task The_release_of_a_coin_during_an_outage_is_sent_later()
    {
        await using var server = await RedisServerProcess.StartAsync();
        await using var state = await RedisState.ConnectAsync(server);
        var grant = await state.ReserveAsync(1);
        server.Signal("STOP");
        await using var impatient = state;
        await state.Coins.FreeAsync(Server, grant.Reservation.Part, grant.Reservation.Coin).AsTask()
            .WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        server.Signal("CONT");
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(1)).Answer == ReservationAnswer.Granted);
    }

    [Fact]
    public async Task The_new_primary_is_found_after_a_failover()
    {
        await using var primary = await RedisServerProcess.StartAsync();
        await using var replica = await RedisServerProcess.StartAsync("--replicaof", "127.0.0.1", $"{primary.Port}");
        await Eventually.IsTrueAsync(async () => (await replica.AskAsync("INFO", "replication")).Contains("master_link_status:up"));
        await using var state = await RedisState.ConnectAsync(
            RedisState.Settings(RedisOptions.DefaultTimeout * 5, primary, replica));
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(1)).Answer == ReservationAnswer.Granted);

        await primary.KillAsync();
        Assert.Equal(ReservationAnswer.Unavailable, (await state.ReserveAsync(2)).Answer);
        await replica.AskAsync("REPLICAOF", "NO", "ONE");
        var waited = Stopwatch.StartNew();
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(2)).Answer == ReservationAnswer.Granted);
        Assert.InRange(waited.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.Equal(ReservationAnswer.Occupied, (await state.ReserveAsync(1)).Answer);
    }

    [Fact]
    public async Task A_primary_that_becomes_a_replica_is_replaced_by_the_new_primary()
    {
        await using var first = await RedisServerProcess.StartAsync();
        await using var second = await RedisServerProcess.StartAsync("--replicaof", "127.0.0.1", $"{first.Port}");
        await Eventually.IsTrueAsync(async () => (await second.AskAsync("INFO", "replication")).Contains("master_link_status:up"));
        await using var state = await RedisState.ConnectAsync(RedisState.Settings(null, first, second));
        Assert.Equal(ReservationAnswer.Granted, (await state.ReserveAsync(1)).Answer);

        await second.AskAsync("REPLICAOF", "NO", "ONE");
        await first.AskAsync("REPLICAOF", "127.0.0.1", $"{second.Port}");
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(2)).Answer == ReservationAnswer.Granted);
        Assert.Equal(ReservationAnswer.Occupied, (await state.ReserveAsync(1)).Answer);
    }

    [Fact]
    public async Task A_failover_by_Sentinel_is_followed_also_if_the_old_primary_answers_again()
    {
        await using var primary = await RedisServerProcess.StartAsync();
        await using var replica = await RedisServerProcess.StartAsync("--replicaof", "127.0.0.1", $"{primary.Port}");
        await Eventually.IsTrueAsync(async () => (await replica.AskAsync("INFO", "replication")).Contains("master_link_status:up"));
        await using var sentinel = RedisServerProcess.PrepareSentinel(primary);
        await sentinel.StartAgainAsync();
        await Eventually.IsTrueAsync(async () => (await sentinel.AskAsync("INFO", "sentinel")).Contains("slaves=1"));
        await using var state = await RedisState.ConnectAsync(
            RedisState.Settings(RedisOptions.DefaultTimeout * 5, primary, replica));
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(1)).Answer == ReservationAnswer.Granted);

        primary.Signal("STOP");
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(2)).Answer == ReservationAnswer.Granted);
        primary.Signal("CONT");
        await Eventually.IsTrueAsync(primary.IsReplicaAsync);
        await state.BecomesOccupiedAsync(1);
        await state.BecomesOccupiedAsync(2);

        Assert.Contains("role:master", await replica.AskAsync("INFO", "replication"));
    }

    [Fact]
    public async Task Redis_can_start_after_the_gateway()
    {
        await using var server = RedisServerProcess.Prepare();
        await using var state = await RedisState.ConnectAsync(server);
        Assert.False(state.Circuit.IsUp);
        Assert.Equal(ReservationAnswer.Unavailable, (await state.ReserveAsync(1)).Answer);
        await server.StartAgainAsync();
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(1)).Answer == ReservationAnswer.Granted);
    }

    [Fact]
    public async Task A_busy_process_does_not_open_the_circuit()
    {
        await using var server = await RedisServerProcess.StartAsync();
        await using var state = await RedisState.ConnectAsync(server, timeout: RedisOptions.DefaultTimeout);
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(1)).Answer != ReservationAnswer.Unavailable);

        // The thread pool has several times more work than processors, so replies are read later than the timeout.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var work = Enumerable.Range(0, 8 * Environment.ProcessorCount).Select(_ => SpinAsync(end.Token)).ToArray();
        var slowest = TimeSpan.Zero;
        foreach (var coin in Enumerable.Range(2, 40))
        {
            var waited = Stopwatch.StartNew();
            Assert.Equal(ReservationAnswer.Granted, (await state.ReserveAsync((uint)coin)).Answer);
            slowest = waited.Elapsed > slowest ? waited.Elapsed : slowest;
        }

        await end.CancelAsync();
        await Task.WhenAll(work);
        Assert.True(slowest > RedisOptions.DefaultTimeout, $"the process was not busy: {slowest}");

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
