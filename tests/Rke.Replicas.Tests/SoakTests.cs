namespace Rke.Replicas.Tests;

/// <summary>
/// Load at half of the maximum rate, with datagram loss and restarts of all parts (tests/full/soak: one hour). Every failed call has
/// an explanation, no unread part is overwritten, no coin stays occupied without a part, and memory does not grow.
/// </summary>
public sealed class SoakTests(ITestOutputHelper output)
{
    private const double MaxGrowth = 1.1;
    private const long MaxMemory = 512 << 20;

    [Fact]
    public async Task A_fleet_survives_restarts_of_all_parts_under_load()
    {
        await using var fleet = await SoakFleet.StartAsync();
        var log = new SoakLog();
        var load = new SoakLoad(fleet, log);
        await load.MeasureAsync(Scale.SoakWarmUp);
        using var stop = new CancellationTokenSource();
        var running = load.RunAsync(stop.Token);
        var memory = fleet.SampleMemoryAsync(stop.Token);
        var accounts = new List<CoinAccount>();
        try
        {
            await new SoakEvents(fleet, log).RunAsync(
                Scale.Soak, async () => accounts.Add(await fleet.CountCoinsAsync(load)));
        }
        finally
        {
            await stop.CancelAsync();
            await running;
        }

        var used = await memory;
        output.WriteLine($"{load}\n{log}\n{fleet.OverwrittenParts} unread parts overwritten\n{string.Join('\n', accounts)}\n{used}");
        Assert.True(log.Unexplained.IsEmpty, $"{log}\n{fleet}");
        Assert.True(load.Succeeded > load.Failed, $"{load}");
        Assert.Equal(0, fleet.OverwrittenParts);
        Assert.NotEmpty(accounts);
        Assert.All(accounts, account => Assert.True(account.IsBalanced, $"{account}\n{fleet}"));
        Assert.InRange(used.Maximum, 1, MaxMemory);
        Assert.True(used.Growth is null or < MaxGrowth, $"{used}");

        // Nothing posts any more. After the lifetime of the parts, all coins are free.
        await Eventually.IsTrueAsync(
            async () => await fleet.CountCoinsAsync(load) is { Occupied: 0, Parts: 0 },
            SoakFleet.KeyLifetime + TimeSpan.FromMinutes(1));
    }

    /// <summary>Shows that the test finds calls without an explanation.</summary>
    [Fact]
    public async Task A_key_server_that_stops_without_an_announcement_gives_unexplained_failures()
    {
        await using var fleet = await SoakFleet.StartAsync();
        var log = new SoakLog();
        var load = new SoakLoad(fleet, log);
        await load.MeasureAsync(TimeSpan.FromSeconds(1));
        Assert.True(log.Unexplained.IsEmpty, $"{log}\n{fleet}");
        using var stop = new CancellationTokenSource();
        var running = load.RunAsync(stop.Token);
        await fleet.StopKeyServerAsync(0);
        await Eventually.IsTrueAsync(() => !log.Unexplained.IsEmpty);
        await stop.CancelAsync();
        await running;
    }
}
