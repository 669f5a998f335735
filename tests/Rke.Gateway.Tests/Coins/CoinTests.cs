using Google.Protobuf;
using Grpc.Core;
using Rke.Raida.Keys;
using Rke.Raida.Serving;
using Rke.V1;

namespace Rke.Gateway.Tests.Coins;

/// <summary>The reservation of coins for posts.</summary>
public sealed class CoinTests
{
    private static readonly ByteString Part = ByteString.CopyFrom(1, 2, 3, 4, 5, 6, 7, 8);
    private static readonly Coin First = new() { SerialNumber = 1000 };

    [Fact]
    public async Task A_coin_holds_one_unread_part_for_each_server()
    {
        var events = new List<KeyEvent>();
        var options = new KeyServerOptions { History = happened => { lock (events) { events.Add(happened); } } };
        await using var network = await TestNetwork.StartAsync(coins: 1, options);
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        var posted = await gateway.Client.PostKeyAsync(Post(First));

        var occupied = await Details.OfAsync(gateway.Client.PostKeyAsync(Post(First)));
        Assert.Equal((StatusCode.FailedPrecondition, "COIN_OCCUPIED"), (occupied.Code, occupied.Reason));
        var none = await Details.OfAsync(gateway.Client.PostKeyAsync(Post()));
        Assert.Equal((StatusCode.ResourceExhausted, "NO_FREE_COIN"), (none.Code, none.Reason));
        Assert.NotNull(none.RetryAfter);
        await gateway.Client.PostKeyAsync(Post(First, raidaId: 2));

        await gateway.Client.GetKeyAsync(new() { RaidaId = 1, KeyIdHash = posted.KeyIdHash });
        await gateway.Client.PostKeyAsync(Post(First));
        Assert.DoesNotContain(events, happened => happened.Kind == KeyEventKind.OverwriteUnread);
    }

    [Fact]
    public async Task A_post_that_may_have_been_stored_keeps_its_coin()
    {
        // All replies are lost. The server has stored the part.
        await using var network = await TestNetwork.StartAsync(coins: 2, new() { ResponseImpairment = new() { Drop = 1 } });
        await using var gateway = await RunningGateway.StartAsync(
            network.Settings(), builder => builder.Set("Rke:Grpc:DefaultDeadline", "00:00:00.500"));
        var request = Post(First);
        request.KeyId = ByteString.CopyFrom(new byte[16]);
        var lost = await Details.OfAsync(gateway.Client.PostKeyAsync(request));
        Assert.Equal("RAIDA_TIMEOUT", lost.Reason);
        Assert.Equal("COIN_OCCUPIED", (await Details.OfAsync(gateway.Client.PostKeyAsync(Post(First)))).Reason);
    }

    [Fact]
    public async Task An_unknown_coin_gives_COIN_UNKNOWN()
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        var coin = new Coin { Denomination = -1, SerialNumber = 5 };
        var post = await Details.OfAsync(gateway.Client.PostKeyAsync(Post(coin)));
        Assert.Equal((StatusCode.FailedPrecondition, "COIN_UNKNOWN"), (post.Code, post.Reason));
        var get = await Details.OfAsync(gateway.Client.GetKeyAsync(
            new() { RaidaId = 1, KeyId = ByteString.CopyFrom(new byte[16]), Coin = coin }));
        Assert.Equal("COIN_UNKNOWN", get.Reason);
    }

    [Fact]
    public async Task The_limit_of_the_gateway_refuses_a_post_before_it_is_sent_and_waiting_helps()
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        var settings = network.Settings();
        settings["Rke:Limits:Coin:Posts"] = "2";
        settings["Rke:Limits:Coin:Window"] = "00:00:01";
        await using var gateway = await RunningGateway.StartAsync(settings);
        for (var post = 0; post < 2; post++)
        {
            var posted = await gateway.Client.PostKeyAsync(Post());
            await gateway.Client.GetKeyAsync(new() { RaidaId = 1, KeyIdHash = posted.KeyIdHash });
        }

        var details = await Details.OfAsync(gateway.Client.PostKeyAsync(Post()));
        Assert.Equal((StatusCode.ResourceExhausted, "COIN_OVERUSED"), (details.Code, details.Reason));
        Assert.Equal("7", details.Info.Metadata["raida_status"]);
        Assert.False(details.Info.Metadata.ContainsKey("attempts"));
        Assert.StartsWith("coin", Assert.Single(details.Quota!.Violations).Subject, StringComparison.Ordinal);
        Assert.InRange(details.RetryAfter!.Value, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1));

        using var timer = new PeriodicTimer(details.RetryAfter.Value);
        await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        await gateway.Client.PostKeyAsync(Post());
    }

    [Fact]
    public async Task An_overused_coin_gets_a_cooldown_and_the_post_takes_another_coin()
    {
        await using var network = await TestNetwork.StartAsync(coins: 2, new() { PostLimit = 1 });
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        var used = new HashSet<uint>();
        for (var post = 0; post < 2; post++)
        {
            var posted = await gateway.Client.PostKeyAsync(Post());
            used.Add(posted.Coin.SerialNumber);
            await gateway.Client.GetKeyAsync(new() { RaidaId = 1, KeyIdHash = posted.KeyIdHash });
        }

        Assert.Equal(2, used.Count);
        var named = await Details.OfAsync(gateway.Client.PostKeyAsync(Post(First)));
        Assert.Equal("COIN_OVERUSED", named.Reason);
        Assert.True(named.Info.Metadata.ContainsKey("attempts"));
        Assert.NotNull(named.RetryAfter);
        Assert.NotNull(named.Quota);

        // In the cooldown, the gateway sends nothing.
        named = await Details.OfAsync(gateway.Client.PostKeyAsync(Post(First)));
        Assert.Equal("COIN_OVERUSED", named.Reason);
        Assert.False(named.Info.Metadata.ContainsKey("attempts"));
    }

    [Fact]
    public async Task The_used_parts_of_a_signal_free_their_coins()
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        await using var gateway = await RunningGateway.StartAsync(network.Settings(), builder => builder.Allow("127.0.0.0/8"));
        await using var receiver = new ScriptedServer(request => [SignalFrames.Answer(request, used: 0b01)]);
        var first = await gateway.Client.PostKeyAsync(Post(raidaId: 1));
        var second = await gateway.Client.PostKeyAsync(Post(raidaId: 2));
        await gateway.Client.SignalAsync(new()
        {
            Endpoint = new() { Host = "127.0.0.1", Port = (uint)receiver.EndPoint.Port },
            Parts =
            {
                new KeyPartLocation { KeyIdHash = first.KeyIdHash, Server = first.Server },
                new KeyPartLocation { KeyIdHash = second.KeyIdHash, Server = second.Server },
            },
        });
        await gateway.Client.PostKeyAsync(Post(raidaId: 1));
        Assert.Equal("NO_FREE_COIN", (await Details.OfAsync(gateway.Client.PostKeyAsync(Post(raidaId: 2)))).Reason);
    }

    [Fact]
    public async Task Without_coins_the_gateway_is_not_ready_and_says_why()
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        File.Delete(Path.Combine(network.KeyFolder, "coins.bin"));
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        Assert.Equal("NO_FREE_COIN", (await Details.OfAsync(gateway.Client.PostKeyAsync(Post()))).Reason);
        var ready = await gateway.Http.GetAsync(new Uri("/readyz", UriKind.Relative));
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("Network 6 has no coin", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static PostKeyRequest Post(Coin? coin = null, uint raidaId = 1) =>
        new() { RaidaId = raidaId, KeyPart = Part, Coin = coin };
}
