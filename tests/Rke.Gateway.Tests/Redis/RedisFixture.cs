namespace Rke.Gateway.Tests.Redis;

/// <summary>One real redis-server for a class of tests. It is emptied for each test.</summary>
public sealed class RedisFixture : IAsyncLifetime
{
    private RedisServerProcess? _server;

    internal RedisServerProcess Server => _server!;

    public async ValueTask InitializeAsync() => _server = await RedisServerProcess.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    /// <summary>Empties the server and connects replicas to it.</summary>
    internal async Task<RedisState[]> ConnectAsync(int replicas, TimeSpan? keep = null)
    {
        await Server.AskAsync("FLUSHALL");
        return await Task.WhenAll(Enumerable.Range(0, replicas).Select(_ => RedisState.ConnectAsync(Server, keep)));
    }

    /// <summary>Waits until the clock of the server has advanced by this time.</summary>
    internal async Task PassAsync(TimeSpan time)
    {
        var until = await ClockAsync() + time;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (await ClockAsync() < until)
        {
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    // *2 $10 seconds $6 microseconds
    private async Task<TimeSpan> ClockAsync()
    {
        var lines = (await Server.AskAsync("TIME")).Split("\r\n");
        return TimeSpan.FromSeconds(long.Parse(lines[2])) + TimeSpan.FromMicroseconds(long.Parse(lines[4]));
    }
}
