using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Rke.Gateway.Coins;
using Rke.Gateway.Tests.Observability;
using Rke.V1;

namespace Rke.Gateway.Tests.Calls;

/// <summary>Key servers refuse some of the coins: they do not know the coin, or have other numbers for it.</summary>
public sealed class RefusedCoinTests
{
    private const byte RaidaId = 3;
    private const int Good = 10;

    private static readonly uint[] Bad = [1, 2, 3];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Calls_find_a_coin_that_the_server_accepts(bool isShared)
    {
        await using var redis = isShared ? await RedisServerProcess.StartAsync() : null;
        await using var network = await StartNetworkAsync();
        await using var gateway = await StartAsync(network, redis);
        for (var call = 0; call < 60; call++)
        {
            var posted = await gateway.Client.PostKeyAsync(Post(), cancellationToken: Cancelled);
            Assert.DoesNotContain(posted.Coin.SerialNumber, Bad);
            var got = await gateway.Client.GetKeyAsync(new() { RaidaId = RaidaId, KeyId = posted.KeyId }, cancellationToken: Cancelled);
            Assert.Equal(posted.KeyId, got.KeyId);
        }
    }

    [Fact]
    public async Task A_call_that_gets_a_key_finds_a_coin_that_the_server_accepts()
    {
        await using var network = await StartNetworkAsync();
        await using var gateway = await StartAsync(network, redis: null);
        for (var call = 0; call < 20; call++)
        {
            var missing = await Details.OfAsync(gateway.Client.GetKeyAsync(
                new() { RaidaId = RaidaId, KeyIdHash = ByteString.CopyFrom(new byte[16]) }, cancellationToken: Cancelled));
            Assert.Equal("KEY_NOT_FOUND", missing.Reason);
        }

        Assert.Equal(Bad, RefusedBy(gateway));
    }

    [Fact]
    public async Task Replicas_share_the_refused_coins_and_show_them()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var network = await StartNetworkAsync();
        await using var one = await StartAsync(network, redis);
        foreach (var number in Bad)
        {
            var refused = await Details.OfAsync(one.Client.PostKeyAsync(Post(number), cancellationToken: Cancelled));
            Assert.Equal((StatusCode.FailedPrecondition, "COIN_REFUSED"), (refused.Code, refused.Reason));
            Assert.NotNull(refused.RetryAfter);

            // The coin rests, so the gateway sends nothing.
            refused = await Details.OfAsync(one.Client.PostKeyAsync(Post(number), cancellationToken: Cancelled));
            Assert.Equal((StatusCode.FailedPrecondition, "COIN_REFUSED"), (refused.Code, refused.Reason));
            Assert.DoesNotContain("attempts", refused.Info.Metadata.Keys);
        }

        await using var two = await StartAsync(network, redis);
        await Eventually.IsTrueAsync(() => RefusedBy(two).SequenceEqual(Bad));
        foreach (var gateway in (RunningGateway[])[one, two])
        {
            using var ready = await gateway.Http.GetAsync("/readyz", Cancelled);
            Assert.True(ready.IsSuccessStatusCode);
            Assert.Contains(
                "warning: Key server 6/3 refuses 3 coins (0/1, 0/2, 0/3); check their key files.",
                await ready.Content.ReadAsStringAsync(Cancelled));
            Assert.Equal(3, (await Samples.OfAsync(gateway))["rke_coins_refused{network=\"6\"}"]);
        }

        Assert.Contains(one.Logs.Lines, line => line.StartsWith("Warning 1304 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_coin_that_the_server_accepts_again_is_used_again()
    {
        await using var network = await StartNetworkAsync();
        await using var gateway = await StartAsync(network, redis: null);
        var refusedCoins = gateway.Services.GetRequiredService<RefusedCoins>();
        await refusedCoins.RefuseAsync(new(TestNetwork.Id, RaidaId), new(0, 1000));
        var refused = await Details.OfAsync(gateway.Client.PostKeyAsync(Post(1000), cancellationToken: Cancelled));
        Assert.Equal("COIN_REFUSED", refused.Reason);

        // GetKey occupies no coin, so it may use a named coin that rests.
        await Details.OfAsync(gateway.Client.GetKeyAsync(
            new() { RaidaId = RaidaId, KeyIdHash = ByteString.CopyFrom(new byte[16]), Coin = new() { SerialNumber = 1000 } },
            cancellationToken: Cancelled));
        Assert.Empty(RefusedBy(gateway));
        await gateway.Client.PostKeyAsync(Post(1000), cancellationToken: Cancelled);
        Assert.Contains(gateway.Logs.Lines, line => line.StartsWith("Information 1305 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_coin_with_a_corrected_key_file_is_used_again()
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        var right = network.Coins.ToArray();
        network.WriteKeyFile("coins.bin", [TestNetwork.MakeCoin(right[0].Id.SerialNumber)]);
        await using var gateway = await StartAsync(network, redis: null);
        var get = new GetKeyRequest { RaidaId = RaidaId, KeyIdHash = ByteString.CopyFrom(new byte[16]) };
        Assert.Equal("COIN_REFUSED", (await Details.OfAsync(gateway.Client.GetKeyAsync(get, cancellationToken: Cancelled))).Reason);
        Assert.NotEmpty(RefusedBy(gateway));

        network.WriteKeyFile("coins.bin", right);
        await Eventually.IsTrueAsync(() => !RefusedBy(gateway).Any());
        Assert.Equal("KEY_NOT_FOUND", (await Details.OfAsync(gateway.Client.GetKeyAsync(get, cancellationToken: Cancelled))).Reason);
    }

    [Fact]
    public async Task A_server_that_refuses_all_coins_gives_COIN_REFUSED()
    {
        await using var network = await TestNetwork.StartAsync(coins: 2);
        network.WriteKeyFile("coins.bin", [TestNetwork.MakeCoin(1000), TestNetwork.MakeCoin(1001)]);
        await using var gateway = await StartAsync(network, redis: null);
        for (var call = 0; call < 3; call++)
        {
            var post = await Details.OfAsync(gateway.Client.PostKeyAsync(Post(), cancellationToken: Cancelled));
            Assert.Equal("COIN_REFUSED", post.Reason);
            var get = await Details.OfAsync(gateway.Client.GetKeyAsync(
                new() { RaidaId = RaidaId, KeyIdHash = ByteString.CopyFrom(new byte[16]) }, cancellationToken: Cancelled));
            Assert.Equal("COIN_REFUSED", get.Reason);
        }
    }

    // One coin that no server has, and two with wrong numbers, before the good coins.
    private static async Task<TestNetwork> StartNetworkAsync()
    {
        var network = await TestNetwork.StartAsync(Good);
        network.WriteKeyFile("bad.bin", [.. Bad.Select(number => TestNetwork.MakeCoin(number))]);
        return network;
    }

    private static Task<RunningGateway> StartAsync(TestNetwork network, RedisServerProcess? redis)
    {
        var settings = network.Settings();
        if (redis is not null)
        {
            settings["Rke:Redis:Endpoints"] = redis.Endpoint;
            settings["Rke:Redis:Timeout"] = "00:00:02";
        }

        return RunningGateway.StartAsync(settings);
    }

    private static PostKeyRequest Post(uint? coin = null) => new()
    {
        RaidaId = RaidaId,
        KeyPart = ByteString.CopyFrom(new byte[16]),
        Coin = coin is { } number ? new() { SerialNumber = number } : null,
    };

    private static IEnumerable<uint> RefusedBy(RunningGateway gateway) =>
        gateway.Services.GetRequiredService<RefusedCoins>().Of(new(TestNetwork.Id, RaidaId)).Select(coin => coin.SerialNumber);
}
