using System.Diagnostics;

namespace Rke.Replicas.Tests;

/// <summary>Restarts each part of the fleet in turn, and rotates the coins.</summary>
internal sealed class SoakEvents(SoakFleet fleet, SoakLog log)
{
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(1);

    /// <summary>Disturbs until the time is over, at least once each, and calls <paramref name="check"/> in each round.</summary>
    public async Task RunAsync(TimeSpan time, Func<Task> check)
    {
        var began = Stopwatch.GetTimestamp();
        using var pause = new PeriodicTimer(Scale.SoakPause);
        for (var round = 0; round == 0 || Stopwatch.GetElapsedTime(began) < time; round++)
        {
            // The first replica is never restarted: its memory is measured.
            var replica = fleet.Replicas[1 + (round % (fleet.Replicas.Count - 1))];
            var isKilled = round % 2 == 1;
            await log.RunAsync(isKilled ? Disturbance.KilledReplica : Disturbance.Replica, () => RestartAsync(replica, isKilled));
            var restarted = Stopwatch.GetTimestamp();
            await pause.WaitForNextTickAsync();
            var server = round % SoakFleet.Servers;
            await log.RunAsync(Disturbance.KeyServer, async () =>
            {
                await fleet.StopKeyServerAsync(server);
                await WaitAsync(Outage);
                await fleet.StartKeyServerAsync(server);
            });
            await pause.WaitForNextTickAsync();
            await log.RunAsync(Disturbance.Coins, () => fleet.RotateCoinsAsync(round));
            await pause.WaitForNextTickAsync();

            // Redis loses its data only after the parts have expired whose coins the stopped replica had reserved: after both
            // failures, their coins are free (docs/STATE.md). After Redis has lost its data, coins that another replica has released
            // are occupied until their part has expired. A round takes longer than that.
            await WaitAsync(SoakFleet.KeyLifetime - Stopwatch.GetElapsedTime(restarted));
            await check();
            await log.RunAsync(Disturbance.Redis, async () =>
            {
                await fleet.Redis.KillAsync();
                await WaitAsync(Outage);
                await fleet.Redis.StartAgainAsync();
                foreach (var each in fleet.Replicas)
                {
                    await each.WaitUntilReadyAsync(Scale.SoakStart);
                }
            });
            await pause.WaitForNextTickAsync();
        }
    }

    private static async Task RestartAsync(Replica replica, bool isKilled)
    {
        if (isKilled)
        {
            await replica.KillAsync();
        }
        else
        {
            Assert.Equal(0, await replica.TerminateAsync());
        }

        replica.Start();
        await replica.WaitUntilReadyAsync(Scale.SoakStart);
    }

    private static async Task WaitAsync(TimeSpan time)
    {
        if (time > TimeSpan.Zero)
        {
            using var timer = new PeriodicTimer(time);
            await timer.WaitForNextTickAsync();
        }
    }
}
