using System.Diagnostics;

namespace Rke.Replicas.Tests;

/// <summary>Restarts of replicas under load. No call fails.</summary>
public sealed class RestartTests(ITestOutputHelper output)
{
    // docs/operations.md: two checks at an interval of half a second, and time for a busy machine.
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Replicas_restarted_one_after_another_lose_no_call_and_no_session()
    {
        await using var rollout = await Rollout.StartAsync(Delay);
        var began = Stopwatch.GetTimestamp();
        var load = await RunAsync(
            rollout, async replica => Assert.Equal(0, await rollout.RestartAsync(replica)), Scale.Restarts);
        output.WriteLine($"{Scale.Restarts} restarts in {Stopwatch.GetElapsedTime(began):hh\\:mm\\:ss}: {load}");
        Assert.True(load.Failures.Count == 0, $"{load}\n{rollout}");
        Assert.True(load.Moves >= 1 && load.Sessions >= Scale.Restarts, $"{load}");
    }

    /// <summary>Shows that the test finds lost calls.</summary>
    [Fact]
    public async Task Replicas_that_are_killed_lose_calls()
    {
        await using var rollout = await Rollout.StartAsync(Delay);
        var load = await RunAsync(rollout, rollout.KillAsync, restarts: 1);
        output.WriteLine($"1 kill: {load}");
        Assert.NotEmpty(load.Failures);
    }

    /// <summary>Shows that the drain delay is necessary.</summary>
    [Fact]
    public async Task Replicas_that_stop_before_the_proxy_knows_lose_calls()
    {
        await using var rollout = await Rollout.StartAsync(TimeSpan.Zero);
        var load = await RunAsync(rollout, rollout.RestartAsync, restarts: 1);
        output.WriteLine($"1 restart without a delay: {load}");
        Assert.NotEmpty(load.Failures);
    }

    private static async Task<RolloutLoad> RunAsync(Rollout rollout, Func<Replica, Task> restart, int restarts)
    {
        var load = new RolloutLoad(rollout);
        using var stop = new CancellationTokenSource();
        var running = load.RunAsync(stop.Token);
        try
        {
            for (var number = 0; number < restarts; number++)
            {
                var before = load.Sessions;
                await Eventually.IsTrueAsync(() => load.Sessions > before, MaxWait);
                await restart(rollout.Replicas[number % rollout.Replicas.Count]);
            }
        }
        catch (OperationCanceledException exception)
        {
            Assert.Fail($"{load}\n{rollout}\n{exception}");
        }
        finally
        {
            await stop.CancelAsync();
            await running;
        }

        return load;
    }
}
