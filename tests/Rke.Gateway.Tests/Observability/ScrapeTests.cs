using System.Security.Cryptography;
using Google.Protobuf;
using Rke.Gateway.Tests.Redis;
using Rke.Gateway.Tests.Sessions;
using Rke.V1;
using HealthClient = Grpc.Health.V1.Health.HealthClient;

namespace Rke.Gateway.Tests.Observability;

/// <summary>The check of a scrape with promtool, after all kinds of calls.</summary>
public sealed class ScrapeTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Promtool_accepts_the_scrape_after_all_kinds_of_calls_and_no_metric_is_described_twice()
    {
        var settings = new Dictionary<string, string?>
        {
            ["Rke:Redis:Endpoints"] = redis.Server.Endpoint,
            ["Rke:Redis:Timeout"] = "00:00:05",
            ["Rke:Limits:Caller:RequestsPerSecond"] = "1000",
            ["Rke:Limits:Caller:PostsPerDay"] = "1000",
        };
        await using var pair = await SessionPair.StartAsync(initiator: settings, receiver: settings);
        await CallAllAsync(pair);

        foreach (var gateway in new[] { pair.Initiator, pair.Receiver })
        {
            var samples = await Samples.OfAsync(gateway);
            Assert.Empty(await samples.LintAsync());
            var described = samples.Text.Split('\n')
                .Where(line => line.StartsWith("# ", StringComparison.Ordinal))
                .Select(line => string.Join(' ', line.Split(' ')[1..3])).ToList();
            Assert.True(described.Count > 60);
            Assert.Equal(described.Distinct(), described);
            Assert.Empty(samples.Types.Select(type => $"| `{type.Key}` | {type.Value} |").Except(await DocumentedAsync()));
        }

        var initiator = await Samples.OfAsync(pair.Initiator);
        Assert.Equal(1, initiator["rke_sessions_total{direction=\"outgoing\",result=\"ok\"}"]);
        Assert.True(initiator["rke_redis_requests_total{operation=\"coin-reserve\",result=\"ok\"}"] >= 1);
        Assert.True(initiator["rke_limiter_decisions_total{limiter=\"caller_posts\",decision=\"admitted\"}"] >= 2);
        var receiver = await Samples.OfAsync(pair.Receiver);
        Assert.Equal(1, receiver["rke_sessions_total{direction=\"incoming\",result=\"claimed\"}"]);
        Assert.Equal(1, receiver["rke_limiter_decisions_total{limiter=\"signal_source\",decision=\"admitted\"}"]);
    }

    /// <summary>The beginning of every row of docs/METRICS.md: a name and its type.</summary>
    private static async Task<IEnumerable<string>> DocumentedAsync()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Rke.Gateway.sln")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        var lines = await File.ReadAllLinesAsync(Path.Combine(folder, "docs", "METRICS.md"), Cancelled);
        return lines.Select(line => line.Split('|')).Where(cells => cells.Length > 3)
            .Select(cells => $"|{cells[1]}|{cells[2]}|");
    }

    private static async Task CallAllAsync(SessionPair pair)
    {
        var posted = await pair.Initiator.Client.PostKeyAsync(
            new() { RaidaId = 3, KeyPart = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16)) },
            cancellationToken: Cancelled);
        var get = new GetKeyRequest { RaidaId = 3, KeyIdHash = posted.KeyIdHash };
        await pair.Initiator.Client.GetKeyAsync(get, cancellationToken: Cancelled);
        var again = await Details.OfAsync(pair.Initiator.Client.GetKeyAsync(get, cancellationToken: Cancelled));
        Assert.Equal("KEY_NOT_FOUND", again.Reason);
        await Details.OfAsync(pair.Initiator.Client.SignalAsync(new(), cancellationToken: Cancelled));
        await Details.OfAsync(pair.Initiator.Client.LookupAsync(new(), cancellationToken: Cancelled));
        await new HealthClient(pair.Initiator.Channel).CheckAsync(new(), cancellationToken: Cancelled);

        using var watch = pair.ReceiverClient.WatchSessions(new(), cancellationToken: Cancelled);
        var made = await pair.InitiatorClient.InitiateSessionAsync(
            new() { Endpoint = pair.Target }, cancellationToken: Cancelled);
        Assert.True(await watch.ResponseStream.MoveNext(Cancelled));
        await pair.ReceiverClient.GetSessionAsync(new() { SessionId = made.SessionId }, cancellationToken: Cancelled);
        await pair.ReceiverClient.ClaimSessionAsync(new() { SessionId = made.SessionId }, cancellationToken: Cancelled);
        await pair.ReceiverClient.CloseSessionAsync(new() { SessionId = made.SessionId }, cancellationToken: Cancelled);
    }
}
