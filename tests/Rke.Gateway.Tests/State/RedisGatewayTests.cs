using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Grpc.Core;
using Rke.Gateway.Tests.EndToEnd;
using Rke.V1;

namespace Rke.Gateway.Tests.State;

/// <summary>Whole gateways on one real Redis, as callers meet them.</summary>
public sealed partial class RedisGatewayTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_one_gateway_knows_of_a_coin_the_other_knows()
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

        // Nobody waits for the word that the coin is free.
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
    public async Task A_post_is_one_round_trip_and_a_get_is_none_that_anybody_waits_for()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await StartAsync(network, redis);
        var posted = await gateway.Client.PostKeyAsync(Request(), cancellationToken: Cancelled);
        await gateway.Client.GetKeyAsync(new() { RaidaId = 3, KeyId = posted.KeyId }, cancellationToken: Cancelled);

        // Reserves are as many as posts; leases and probes a few in all; watching goes on beside.
        await redis.AskAsync("CONFIG", "RESETSTAT");
        const int Posts = 100;
        for (var post = 0; post < Posts; post++)
        {
            posted = await gateway.Client.PostKeyAsync(Request(), cancellationToken: Cancelled);
            await gateway.Client.GetKeyAsync(new() { RaidaId = 3, KeyId = posted.KeyId }, cancellationToken: Cancelled);
        }

        await Eventually.IsTrueAsync(async () =>
            Calls(await redis.AskAsync("INFO", "commandstats"), "hget") >= Posts);
        var stats = await redis.AskAsync("INFO", "commandstats");

        // Each reserve adds one part; each word that a coin is free reads one.
        Assert.InRange(Calls(stats, "evalsha"), 2 * Posts, (2 * Posts) + 80);
        Assert.Equal(0, Calls(stats, "eval"));
    }

    [Fact]
    public async Task While_Redis_is_silent_posts_are_refused_at_once_and_everything_else_goes_on()
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

        // 50 ms by design; the machine may be busy.
        Assert.InRange(waited.Elapsed, TimeSpan.Zero, TimeSpan.FromMilliseconds(500));
        Assert.Equal(StatusCode.Unavailable, refused.Code);
        Assert.Equal("STATE_UNAVAILABLE", refused.Reason);
        Assert.InRange(refused.RetryAfter!.Value, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(2));

        var keyed = Request();
        keyed.IdempotencyKey = "order 1";
        refused = await Details.OfAsync(gateway.Client.PostKeyAsync(keyed, cancellationToken: Cancelled));
        Assert.Equal("STATE_UNAVAILABLE", refused.Reason);

        // GetKey also where this replica never had a nonce lease.
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
