using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Rke.Gateway.State;
using Rke.Gateway.Tests.EndToEnd;
using Rke.Wire;

namespace Rke.Gateway.Tests.Observability;

public sealed class RedisMetricsTests
{
    [Fact]
    public async Task Round_trips_and_coins_in_Redis_are_told()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var network = await TestNetwork.StartAsync(coins: 3);
        await using var gateway = await RunningGateway.StartAsync(new Dictionary<string, string?>(network.Settings())
        {
            ["Rke:Redis:Endpoints"] = redis.Endpoint,
            ["Rke:Limits:Coin:Posts"] = "1",
        });
        await Eventually.IsTrueAsync(async () => (await Samples.OfAsync(gateway))["rke_redis_up"].Equals(1));

        // A state that began just now gives no coins for a moment.
        await Eventually.IsTrueAsync(() => gateway.Client.PostKeyAsync(
            new() { RaidaId = 2, KeyPart = ByteString.CopyFrom(new byte[16]) },
            cancellationToken: TestContext.Current.CancellationToken)
            .ResponseAsync.ContinueWith(call => call.IsCompletedSuccessfully, TaskScheduler.Default));
        var state = gateway.Services.GetRequiredService<ICoinState>();
        await state.RestAsync(new(6, 2), new CoinId(0, 1001), TimeSpan.FromMinutes(1));

        var census = gateway.Services.GetRequiredService<ICoinCensus>();
        CoinId[] coins = [new(0, 1000), new(0, 1001), new(0, 1002)];
        await Eventually.IsTrueAsync(async () =>
            await census.CountAsync(new(6, 2), coins, new(1, TimeSpan.FromMinutes(1)), default) is { Free: < 3 } counts
            && counts.Free + counts.Occupied + counts.Resting == 3);
        var samples = await Samples.OfAsync(gateway);
        Assert.NotEqual(0, samples["rke_redis_requests_total{operation=\"reserve\",result=\"ok\"}"]);
        Assert.NotEqual(0, samples["rke_redis_request_duration_seconds_count{operation=\"reserve\"}"]);
        Assert.Empty(await samples.LintAsync());
    }

    [Fact]
    public async Task What_waits_for_Redis_is_told()
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
