using System.Globalization;
using Grpc.Net.Client;
using Rke.Gateway.Tests.Observability;
using Rke.Gateway.Tests.Redis;
using Rke.V1;

namespace Rke.Gateway.Tests.Sessions;

/// <summary>Many watchers on one replica: Redis has as little work as with one watcher.</summary>
public sealed class ManyWatchersTests(RedisFixture redis, ITestOutputHelper output) : IClassFixture<RedisFixture>
{
    private static readonly int Watchers = int.Parse(
        Environment.GetEnvironmentVariable("RKE_WATCHERS") ?? "60", CultureInfo.InvariantCulture);

    private static readonly int Arrivals = int.Parse(
        Environment.GetEnvironmentVariable("RKE_ARRIVALS") ?? "10", CultureInfo.InvariantCulture);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_arrival_costs_a_few_scripts_for_all_watchers_together(bool isConsumerShared)
    {
        await using var pair = await StartAsync();
        using var channel = OpenChannel(pair);
        var client = new RkeSessionService.RkeSessionServiceClient(channel);
        var withoutWatchers = await MeasureAsync(pair);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var received = new int[Watchers];
        var flagged = 0;
        var watching = Enumerable.Range(0, Watchers).Select(watcher => Task.Run(async () =>
        {
            var request = new WatchSessionsRequest { Consumer = isConsumerShared ? "all" : $"{watcher}" };
            using var watch = client.WatchSessions(request, cancellationToken: stop.Token);
            while (await watch.ResponseStream.MoveNext(stop.Token))
            {
                Interlocked.Increment(ref received[watcher]);
                Interlocked.Add(ref flagged, watch.ResponseStream.Current.Redelivered ? 1 : 0);
            }
        })).ToArray();
        await UntilAsync(received, Arrivals);
        var redelivered = flagged;
        var before = await ScriptsAsync(pair);
        var latencies = await MeasureAsync(pair);
        await UntilAsync(received, 2 * Arrivals);
        var scripts = (await ScriptsAsync(pair) - before) / Arrivals;
        output.WriteLine($"{Watchers} watchers: {scripts:F1} scripts for each arrival; p50 of InitiateSession "
            + $"{Median(withoutWatchers):F1} ms without watchers, {Median(latencies):F1} ms with watchers");

        // One read, and a few batches of deliveries: their number depends on the time that the writes take. The reader also reads once per
        // second.
        Assert.InRange(scripts, 1, Watchers / 3.0);

        // All watchers of one consumer share its record, so all but the first get a redelivery.
        Assert.Equal(isConsumerShared ? (Watchers - 1) * Arrivals : 0, flagged - redelivered);
        await stop.CancelAsync();
        await Task.WhenAll(watching).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    [Fact]
    public async Task Waiting_watchers_cost_one_script_per_second()
    {
        await using var pair = await StartAsync();
        using var channel = OpenChannel(pair);
        var client = new RkeSessionService.RkeSessionServiceClient(channel);
        var watches = Enumerable.Range(0, Watchers)
            .Select(_ => client.WatchSessions(new(), cancellationToken: Cancelled)).ToArray();
        await Eventually.IsTrueAsync(async () => (await Samples.OfAsync(pair.Receiver))[
            "rke_grpc_requests_in_flight{method=\"rke.v1.RkeSessionService/WatchSessions\"}"].Equals(Watchers));
        await redis.PassAsync(TimeSpan.FromSeconds(1));
        var before = await ScriptsAsync(pair);
        await redis.PassAsync(TimeSpan.FromSeconds(3));
        Assert.InRange(await ScriptsAsync(pair) - before, 1, 6);
        foreach (var watch in watches)
        {
            watch.Dispose();
        }

        // Without watchers, the replica does not read.
        await Eventually.IsTrueAsync(async () => (await Samples.OfAsync(pair.Receiver))[
            "rke_grpc_requests_in_flight{method=\"rke.v1.RkeSessionService/WatchSessions\"}"].Equals(0));
        await redis.PassAsync(TimeSpan.FromSeconds(1));
        var after = await ScriptsAsync(pair);
        await redis.PassAsync(TimeSpan.FromSeconds(3));
        Assert.Equal(after, await ScriptsAsync(pair));
    }

    [Fact]
    public async Task A_session_that_is_claimed_before_a_watcher_reads_it_causes_no_further_reads()
    {
        await using var pair = await StartAsync();
        using var watch = pair.ReceiverClient.WatchSessions(new(), cancellationToken: Cancelled);
        for (var count = 0; count < 10; count++)
        {
            var made = await pair.InitiatorClient.InitiateSessionAsync(new() { Endpoint = pair.Target }, cancellationToken: Cancelled);
            await pair.ReceiverClient.ClaimSessionAsync(new() { SessionId = made.SessionId }, cancellationToken: Cancelled);
        }

        var before = await ScriptsAsync(pair);
        await redis.PassAsync(TimeSpan.FromSeconds(3));
        Assert.InRange(await ScriptsAsync(pair) - before, 1, 6);
    }

    private static GrpcChannel OpenChannel(SessionPair pair) => GrpcChannel.ForAddress(pair.Receiver.Grpc, new()
    {
        HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true },
        DisposeHttpClient = true,
    });

    private static async Task<List<TimeSpan>> MeasureAsync(SessionPair pair)
    {
        var latencies = new List<TimeSpan>();
        for (var arrival = 0; arrival < Arrivals; arrival++)
        {
            latencies.Add(await InitiateAsync(pair));
        }

        return latencies;
    }

    private static async Task<TimeSpan> InitiateAsync(SessionPair pair)
    {
        var started = TimeProvider.System.GetTimestamp();
        await pair.InitiatorClient.InitiateSessionAsync(new() { Endpoint = pair.Target }, cancellationToken: Cancelled);
        return TimeProvider.System.GetElapsedTime(started);
    }

    private static Task UntilAsync(int[] received, int count) =>
        Eventually.IsTrueAsync(() => received.All(number => number >= count));

    // The scripts of watchers.
    private static async Task<double> ScriptsAsync(SessionPair pair)
    {
        var samples = await Samples.OfAsync(pair.Receiver);
        return new[] { "session-read", "session-deliver" }.Sum(script =>
            samples[$"rke_redis_requests_total{{operation=\"{script}\",result=\"ok\"}}"]);
    }

    private static double Median(List<TimeSpan> latencies) => latencies.Order().ElementAt(latencies.Count / 2).TotalMilliseconds;

    private async Task<SessionPair> StartAsync()
    {
        await redis.Server.AskAsync("FLUSHALL");
        return await SessionPair.StartAsync(receiver: new Dictionary<string, string?>
        {
            ["Rke:Redis:Endpoints"] = redis.Server.Endpoint,
            ["Rke:Redis:Timeout"] = "00:00:05",
            ["Rke:Signal:SourceBurst"] = "10000",
        });
    }
}
