using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Trace;
using Rke.Gateway.Observability;
using Rke.Gateway.Tests.EndToEnd;

namespace Rke.Gateway.Tests.Observability;

/// <summary>Tracing while nobody listens. Listeners hear the whole process: no other test runs beside this one.</summary>
[CollectionDefinition(nameof(SilentActivityTests), DisableParallelization = true)]
[Collection(nameof(SilentActivityTests))]
public sealed class SilentActivityTests
{
    [Fact]
    public void Without_a_listener_a_decision_makes_nothing_and_allocates_nothing()
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
