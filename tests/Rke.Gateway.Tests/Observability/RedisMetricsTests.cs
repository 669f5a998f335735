using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Rke.Gateway.Coins;
using Rke.Wire;

namespace Rke.Gateway.Tests.Observability;

public sealed class RedisMetricsTests
{
    [Fact]
    public async Task The_metrics_contain_round_trips_and_coins_in_Redis()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var network = await TestNetwork.StartAsync(coins: 3);
        await using var gateway = await RunningGateway.StartAsync(new Dictionary<string, string?>(network.Settings())
        {
            ["Rke:Redis:Endpoints"] = redis.Endpoint,
            ["Rke:Limits:Coin:Posts"] = "1",
        });
        await Eventually.IsTrueAsync(async () => (await Samples.OfAsync(gateway))["rke_redis_up"].Equals(1));

        // A new state grants no coins for a moment.
        await Eventually.IsTrueAsync(() => gateway.Client.PostKeyAsync(
            new() { RaidaId = 2, KeyPart = ByteString.CopyFrom(new byte[16]) },
            cancellationToken: TestContext.Current.CancellationToken)
            .ResponseAsync.ContinueWith(call => call.IsCompletedSuccessfully, TaskScheduler.Default));
        var state = gateway.Services.GetRequiredService<ICoinState>();
        await state.StartCooldownAsync(new(6, 2), new CoinId(0, 1001), TimeSpan.FromMinutes(1));

        var counter = gateway.Services.GetRequiredService<ICoinCounter>();
        CoinId[] coins = [new(0, 1000), new(0, 1001), new(0, 1002)];
        await Eventually.IsTrueAsync(async () =>
            await counter.CountAsync(new(6, 2), coins, new(1, TimeSpan.FromMinutes(1)), default) is { Free: < 3 } counts
            && counts.Free + counts.Occupied + counts.InCooldown == 3);
        var samples = await Samples.OfAsync(gateway);
        Assert.NotEqual(0, samples["rke_redis_requests_total{operation=\"coin-reserve\",result=\"ok\"}"]);
        Assert.NotEqual(0, samples["rke_redis_request_duration_seconds_count{operation=\"coin-reserve\"}"]);
        Assert.Empty(await samples.LintAsync());
    }

    [Fact]
    public async Task The_metrics_contain_the_requests_that_wait_for_Redis()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var network = await TestNetwork.StartAsync(coins: 3);
        await using var gateway = await RunningGateway.StartAsync(new Dictionary<string, string?>(network.Settings())
        {
            ["Rke:Redis:Endpoints"] = redis.Endpoint,
            ["Rke:Redis:Timeout"] = "00:00:10",
        });
        await Eventually.IsTrueAsync(async () => (await Samples.OfAsync(gateway))["rke_redis_up"].Equals(1));

        redis.Signal("STOP");
        using var post = gateway.Client.PostKeyAsync(
            new() { RaidaId = 2, KeyPart = ByteString.CopyFrom(new byte[16]) },
            cancellationToken: TestContext.Current.CancellationToken);
        await Eventually.IsTrueAsync(async () =>
            (await Samples.OfAsync(gateway))["rke_queue_depth{queue=\"redis\"}"] > 0);
        redis.Signal("CONT");
        await Eventually.IsTrueAsync(async () =>
            (await Samples.OfAsync(gateway))["rke_queue_depth{queue=\"redis\"}"].Equals(0));
    }
}
