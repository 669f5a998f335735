using System.Diagnostics.Metrics;
using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Rke.Gateway.Observability;

namespace Rke.Gateway.Tests.Observability;

/// <summary>The series of a gateway: their number is bounded, they belong to this gateway, and they have current values.</summary>
public sealed class SeriesTests
{
    private const int MaxSeries = 2000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Data_of_callers_creates_no_series()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        await SendNonsenseAsync(gateway, from: 0);
        var before = await SeriesOfCallsAsync(gateway);
        await SendNonsenseAsync(gateway, from: 1000);
        Assert.Equal(before, await SeriesOfCallsAsync(gateway));
        Assert.Contains("rke_grpc_requests_total{code=\"UNIMPLEMENTED\",method=\"unknown\"}", before);
        Assert.DoesNotContain(before, name => name.Contains("nonsense", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Beyond_the_limit_measurements_go_to_one_series()
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        var counter = GatewayMeter.Of(gateway.Services.GetRequiredService<IMeterFactory>()).CreateCounter<long>(
            "rke.test", unit: null, "Of this test.");
        for (var count = 0; count < MaxSeries + 11; count++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("number", count));
        }

        var samples = await Samples.OfAsync(gateway);
        var series = samples.Names.Where(name => name.StartsWith("rke_test_total", StringComparison.Ordinal)).ToList();
        Assert.Equal(MaxSeries + 1, series.Count);
        Assert.Equal(11, samples["rke_test_total{otel_metric_overflow=\"true\"}"]);
        Assert.Equal(1, samples["rke_test_total{number=\"0\"}"]);
        Assert.Empty(await samples.LintAsync());
    }

    [Fact]
    public async Task Two_gateways_in_one_process_have_separate_metrics()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var first = await RunningGateway.StartAsync(network.Settings());
        await using var second = await RunningGateway.StartAsync(network.Settings());
        await first.Client.PostKeyAsync(
            new() { RaidaId = 3, KeyPart = ByteString.CopyFrom(new byte[16]) }, cancellationToken: Cancelled);
        await Eventually.IsTrueAsync(async () => (await SeriesOfCallsAsync(first)).Count > 0);
        Assert.Empty(await SeriesOfCallsAsync(second));
    }

    [Fact]
    public async Task A_gauge_without_a_value_has_no_series()
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        var isKnown = true;
        GatewayMeter.Of(gateway.Services.GetRequiredService<IMeterFactory>()).CreateObservableGauge(
            "rke.test", () => isKnown ? [new Measurement<int>(1)] : Array.Empty<Measurement<int>>());
        Assert.Contains("rke_test", (await Samples.OfAsync(gateway)).Names);
        isKnown = false;
        Assert.DoesNotContain("rke_test", (await Samples.OfAsync(gateway)).Names);
    }

    private static async Task<List<string>> SeriesOfCallsAsync(RunningGateway gateway) =>
    [
        .. (await Samples.OfAsync(gateway)).Names
            .Where(name => name.StartsWith("rke_grpc_requests_total", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
    ];

    /// <summary>Unknown methods, fields out of range, and headers of every kind.</summary>
    private static async Task SendNonsenseAsync(RunningGateway gateway, int from)
    {
        for (var number = from; number < from + 20; number++)
        {
            var nonsense = $"nonsense{number}";
            var method = new Method<byte[], byte[]>(
                MethodType.Unary,
                $"rke.v1.{nonsense}",
                nonsense,
                Marshallers.Create(bytes => bytes, bytes => bytes),
                Marshallers.Create(bytes => bytes, bytes => bytes));
            var headers = new Metadata { { "user-agent", nonsense }, { "x-request-id", nonsense }, { "rke-reason", nonsense } };
            using var call = gateway.Channel.CreateCallInvoker().AsyncUnaryCall(
                method, nonsense, new(headers, cancellationToken: Cancelled), []);
            await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);
            await Assert.ThrowsAsync<RpcException>(() => gateway.Client.PostKeyAsync(
                new() { RaidaId = 100 + (uint)number, IdempotencyKey = nonsense }, headers, cancellationToken: Cancelled).ResponseAsync);
            await Assert.ThrowsAsync<RpcException>(() => gateway.Client.GetKeyAsync(
                new() { RaidaId = 0, KeyIdHash = ByteString.CopyFromUtf8(nonsense) }, headers, cancellationToken: Cancelled).ResponseAsync);
            using var page = await gateway.Http.GetAsync(new Uri($"/{nonsense}", UriKind.Relative), Cancelled);
            Assert.Equal(HttpStatusCode.NotFound, page.StatusCode);
        }

        await Eventually.IsTrueAsync(async () =>
            (await Samples.OfAsync(gateway))["rke_grpc_requests_in_flight{method=\"unknown\"}"].Equals(0));
    }
}
