using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Trace;
using Rke.Gateway.Observability;

namespace Rke.Gateway.Tests.Observability;

/// <summary>Tracing without a listener. A listener affects the whole process, so no other test runs at the same time.</summary>
[CollectionDefinition(nameof(SilentActivityTests), DisableParallelization = true)]
[Collection(nameof(SilentActivityTests))]
public sealed class SilentActivityTests
{
    [Fact]
    public void Without_a_listener_a_decision_creates_no_activity_and_allocates_nothing()
    {
        Decide();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var count = 0; count < 1000; count++)
        {
            Decide();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task Without_a_collector_a_gateway_does_not_listen()
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        Assert.Null(gateway.Services.GetService<TracerProvider>());
        Decide();
        using var exchange = new ActivitySource("Rke.UdpBridge").StartActivity();
        Assert.Null(exchange);
    }

    private static void Decide()
    {
        using var activity = GatewayActivities.StartLimiter();
        Assert.True(activity is null);
        GatewayActivities.Decided(activity, LimiterMeter.Coin, LimiterMeter.Admitted);
        GatewayActivities.Decided(LimiterMeter.Concurrency, LimiterMeter.Admitted);
    }
}
