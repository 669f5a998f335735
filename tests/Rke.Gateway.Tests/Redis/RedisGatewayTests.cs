using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Grpc.Core;
using Rke.V1;

namespace Rke.Gateway.Tests.Redis;

/// <summary>Whole gateways that share one real Redis.</summary>
public sealed partial class RedisGatewayTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Gateways_share_the_state_of_a_coin()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var network = await TestNetwork.StartAsync();
        await using var one = await StartAsync(network, redis);
        await using var two = await StartAsync(network, redis);
        var coin = new Coin { SerialNumber = 1000 };
        var posted = await one.Client.PostKeyAsync(Request(coin), cancellationToken: Cancelled);
        var occupied = await Details.OfAsync(two.Client.PostKeyAsync(Request(coin), cancellationToken: Cancelled));
        Assert.Equal(StatusCode.FailedPrecondition, occupied.Code);
        Assert.Equal("COIN_OCCUPIED", occupied.Reason);
        await two.Client.GetKeyAsync(new() { RaidaId = 3, KeyId = posted.KeyId }, cancellationToken: Cancelled);

        // The call does not wait for the release of the coin.
        await Eventually.IsTrueAsync(async () => await IsPostedAsync(one, Request(coin)));
        Assert.DoesNotContain(Convert.ToHexStringLower(posted.KeyIdHash.Span), await redis.AskAsync("KEYS", "*"));
    }

    [Fact]
    public async Task One_idempotency_key_at_two_gateways_at_once_posts_once()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var network = await TestNetwork.StartAsync();
        await using var one = await StartAsync(network, redis);
        await using var two = await StartAsync(network, redis);
        var request = Request();
        request.IdempotencyKey = "order 1";
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(number =>
            (number % 2 == 0 ? one : two).Client.PostKeyAsync(request, cancellationToken: Cancelled).ResponseAsync));
        Assert.All(answers, answer => Assert.Equal(answers[0], answer));
        Assert.Equal(1, network.Host.WaitingKeys);

        var other = Request();
        other.IdempotencyKey = "order 1";
        var mismatch = await Details.OfAsync(two.Client.PostKeyAsync(other, cancellationToken: Cancelled));
        Assert.Equal(StatusCode.AlreadyExists, mismatch.Code);
        Assert.Equal("IDEMPOTENCY_MISMATCH", mismatch.Reason);
    }

    [Fact]
    public async Task A_post_waits_for_one_round_trip_and_a_get_for_none()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await StartAsync(network, redis);
        var posted = await gateway.Client.PostKeyAsync(Request(), cancellationToken: Cancelled);
        await gateway.Client.GetKeyAsync(new() { RaidaId = 3, KeyId = posted.KeyId }, cancellationToken: Cancelled);

        // There is one reserve per post, and some leases and probes in total. The checks of the epoch also continue.
        await redis.AskAsync("CONFIG", "RESETSTAT");
        const int Posts = 100;
        for (var post = 0; post < Posts; post++)
        {
            posted = await gateway.Client.PostKeyAsync(Request(), cancellationToken: Cancelled);
            await gateway.Client.GetKeyAsync(new() { RaidaId = 3, KeyId = posted.KeyId }, cancellationToken: Cancelled);
        }

        await Eventually.IsTrueAsync(async () => Calls(await redis.AskAsync("INFO", "commandstats"), "del") >= Posts);
        var stats = await redis.AskAsync("INFO", "commandstats");

        // Each reserve writes one coin and one part. Each release of a coin deletes them.
        Assert.InRange(Calls(stats, "set"), 2 * Posts, (2 * Posts) + 80);
        Assert.InRange(Calls(stats, "evalsha"), 2 * Posts, (2 * Posts) + 80);

        // The first use of a script sends its text: the release of the first coin, or a script that runs at an interval.
        Assert.InRange(Calls(stats, "eval"), 0, 3);
    }

    [Fact]
    public async Task While_Redis_does_not_answer_posts_fail_at_once_and_other_calls_succeed()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await StartAsync(network, redis);
        PostKeyResponse? posted = null;
        await Eventually.IsTrueAsync(async () =>
        {
            try
            {
                posted = await gateway.Client.PostKeyAsync(Request(), cancellationToken: Cancelled);
                return true;
            }
            catch (RpcException)
            {
                return false;
            }
        });

        redis.Signal("STOP");
        var waited = Stopwatch.StartNew();
        var refused = await Details.OfAsync(gateway.Client.PostKeyAsync(Request(), cancellationToken: Cancelled));

        // The product promises 50 ms. The machine may be busy.
        Assert.InRange(waited.Elapsed, TimeSpan.Zero, TimeSpan.FromMilliseconds(500));
        Assert.Equal(StatusCode.Unavailable, refused.Code);
        Assert.Equal("STATE_UNAVAILABLE", refused.Reason);
        Assert.InRange(refused.RetryAfter!.Value, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(2));

        var keyed = Request();
        keyed.IdempotencyKey = "order 1";
        refused = await Details.OfAsync(gateway.Client.PostKeyAsync(keyed, cancellationToken: Cancelled));
        Assert.Equal("STATE_UNAVAILABLE", refused.Reason);

        // GetKey succeeds also if this replica never had a nonce lease.
        await gateway.Client.GetKeyAsync(new() { RaidaId = 3, KeyId = posted!.KeyId }, cancellationToken: Cancelled);
        var elsewhere = await Details.OfAsync(gateway.Client.GetKeyAsync(
            new() { RaidaId = 9, KeyId = posted.KeyId }, cancellationToken: Cancelled));
        Assert.Equal("KEY_NOT_FOUND", elsewhere.Reason);
        using (var notReady = await gateway.Http.GetAsync("/readyz", Cancelled))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, notReady.StatusCode);
            Assert.Contains("Redis", await notReady.Content.ReadAsStringAsync(Cancelled));
        }

        redis.Signal("CONT");
        waited.Restart();
        await Eventually.IsTrueAsync(async () => await IsPostedAsync(gateway, Request()));
        Assert.InRange(waited.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        using var ready = await gateway.Http.GetAsync("/readyz", Cancelled);
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
    }

    private static Task<RunningGateway> StartAsync(TestNetwork network, RedisServerProcess redis)
    {
        var settings = network.Settings();
        settings["Rke:Redis:Endpoints"] = redis.Endpoint;
        return RunningGateway.StartAsync(settings);
    }

    private static PostKeyRequest Request(Coin? coin = null) =>
        new() { RaidaId = 3, KeyPart = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(8)), Coin = coin };

    private static async Task<bool> IsPostedAsync(RunningGateway gateway, PostKeyRequest request)
    {
        try
        {
            await gateway.Client.PostKeyAsync(request, cancellationToken: Cancelled);
            return true;
        }
        catch (RpcException)
        {
            return false;
        }
    }

    private static int Calls(string stats, string command)
    {
        var match = CallsOfCommand().Matches(stats).FirstOrDefault(found => found.Groups[1].Value == command);
        return match is null ? 0 : int.Parse(match.Groups[2].Value);
    }

    [GeneratedRegex(@"cmdstat_([a-z|]+):calls=(\d+)")]
    private static partial Regex CallsOfCommand();
}
