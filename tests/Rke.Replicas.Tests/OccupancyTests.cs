using Rke.Raida.Keys;

namespace Rke.Replicas.Tests;

/// <summary>No unread part is overwritten during failures of calls, replicas and Redis.</summary>
public sealed class OccupancyTests
{
    [Fact]
    public async Task No_part_is_overwritten_under_random_posts_gets_timeouts_and_lost_replies() =>
        await RunAsync(async (_, _, unrest) =>
        {
            for (var batch = 0; batch < Scale.Batches; batch++)
            {
                await unrest.HasStoredAsync(100);
            }
        });

    [Fact]
    public async Task No_part_is_overwritten_when_a_replica_is_killed_and_restarted() =>
        await RunAsync(async (fleet, _, unrest) =>
        {
            await unrest.HasStoredAsync(100);
            await fleet.Replicas[1].KillAsync();
            await unrest.HasStoredAsync(100);
            fleet.Replicas[1].Start();
            await fleet.Replicas[1].WaitUntilReadyAsync();
            await unrest.HasStoredAsync(100);
        });

    [Fact]
    public async Task No_part_is_overwritten_when_Redis_is_paused() =>
        await RunAsync(async (fleet, redis, unrest) =>
        {
            for (var times = 0; times < 3; times++)
            {
                await unrest.HasStoredAsync(50);
                redis[0].Signal("STOP");
                await Eventually.IsTrueAsync(async () => !await fleet.Replicas[0].IsReadyAsync());
                redis[0].Signal("CONT");
            }

            await unrest.HasStoredAsync(100);
        });

    [Fact]
    public async Task No_part_is_overwritten_when_Redis_is_killed_and_restarts_without_data() =>
        await RunAsync(async (_, redis, unrest) =>
        {
            for (var times = 0; times < 3; times++)
            {
                await unrest.HasStoredAsync(50);
                await redis[0].KillAsync();
                await redis[0].StartAgainAsync();
            }

            await unrest.HasStoredAsync(100);
        });

    [Fact]
    public async Task No_part_is_overwritten_when_Redis_fails_over_to_its_replica() =>
        await RunAsync(async (_, redis, unrest) =>
        {
            await unrest.HasStoredAsync(100);
            await redis[0].KillAsync();
            await redis[1].AskAsync("REPLICAOF", "NO", "ONE");
            await unrest.HasStoredAsync(100);
        });

    /// <summary>Shows that the check of the history finds overwritten parts.</summary>
    [Fact]
    public async Task Replicas_without_shared_state_overwrite_unread_parts()
    {
        await using var fleet = await Fleet.StartAsync(coins: 4, Unrest.KeyServers, Unrest.Settings);
        var unrest = new Unrest(fleet);
        using var stop = new CancellationTokenSource();
        var running = unrest.RunAsync(stop.Token);
        await Eventually.IsTrueAsync(() => fleet.History.Any(entry => entry.Kind == KeyEventKind.OverwriteUnread));
        await stop.CancelAsync();
        await running;
    }

    private static async Task RunAsync(Func<Fleet, RedisServerProcess[], Unrest, Task> disturb)
    {
        await using var primary = await RedisServerProcess.StartAsync();
        await using var replica = await RedisServerProcess.StartAsync("--replicaof", "127.0.0.1", $"{primary.Port}");
        await Eventually.IsTrueAsync(async () =>
            (await replica.AskAsync("INFO", "replication")).Contains("master_link_status:up"));
        await using var fleet = await Fleet.StartAsync(Scale.Coins, Unrest.KeyServers, Unrest.Settings, primary, replica);
        var unrest = new Unrest(fleet);
        using var stop = new CancellationTokenSource();
        var running = unrest.RunAsync(stop.Token);
        try
        {
            await disturb(fleet, [primary, replica], unrest);
        }
        catch (OperationCanceledException exception)
        {
            Assert.Fail($"{unrest.Answers}\n{string.Join('\n', fleet.Replicas)}\n{exception}");
        }
        finally
        {
            await stop.CancelAsync();
            await running;
        }

        unrest.CheckHistory();
    }
}
