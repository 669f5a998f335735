using Google.Protobuf;

namespace Rke.Gateway.Tests.Observability;

public sealed class OtlpTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("grpc", true)]
    [InlineData("http", false)]
    public async Task A_trace_contains_the_call_the_limiter_and_the_datagram(string protocol, bool isGrpc)
    {
        await using var receiver = await OtlpReceiver.StartAsync(isGrpc);
        await using var network = await TestNetwork.StartAsync();
        var traceId = Convert.ToHexString(Guid.NewGuid().ToByteArray());
        var callerSpan = traceId[..16];
        await using (var gateway = await RunningGateway.StartAsync(new Dictionary<string, string?>(network.Settings())
        {
            ["Rke:Telemetry:Otlp:Endpoint"] = receiver.Endpoint.ToString(),
            ["Rke:Telemetry:Otlp:Protocol"] = protocol,
            ["Rke:Telemetry:Otlp:Interval"] = "00:00:00.200",
        }))
        {
            await gateway.Client.PostKeyAsync(
                new() { RaidaId = 5, KeyPart = ByteString.CopyFrom(new byte[16]) },
                new() { { "traceparent", $"00-{traceId}-{callerSpan}-01".ToLowerInvariant() } },
                cancellationToken: Cancelled);
            await Eventually.IsTrueAsync(() =>
                receiver.MetricNames.Contains("rke.grpc.requests") && receiver.MetricNames.Contains("rke.udp.exchanges"));
        }

        // The gateway has stopped, so it has sent everything.
        var trace = receiver.Spans.Where(span => span.TraceId == traceId).ToList();
        var call = Assert.Single(trace, span => span.Name == "rke.v1.RkeService/PostKey");
        Assert.Equal(callerSpan, call.ParentId);
        Assert.Equal(OtlpSpan.Server, call.Kind);
        Assert.Equal(("grpc", "rke.v1.RkeService"), (call["rpc.system"], call["rpc.service"]));
        Assert.Equal("PostKey", call["rpc.method"]);
        Assert.Equal("0", call["rpc.grpc.status_code"]);
        Assert.Empty(call["error.type"]);
        var limiter = Assert.Single(trace, span => span.Name == "rke.limiter");
        Assert.Equal(call.Id, limiter.ParentId);
        var exchange = Assert.Single(trace, span => span.Name == "rke.udp.exchange");
        Assert.Equal(call.Id, exchange.ParentId);
        Assert.Equal("PostKey", exchange["rke.command"]);
        var attempt = Assert.Single(trace, span => span.Name == "rke.udp.attempt");
        Assert.Equal(exchange.Id, attempt.ParentId);
    }

    [Fact]
    public async Task The_standard_variable_also_configures_the_collector()
    {
        await using var receiver = await OtlpReceiver.StartAsync(isGrpc: false);
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await RunningGateway.StartAsync(new Dictionary<string, string?>(network.Settings())
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Endpoint.ToString(),
            ["Rke:Telemetry:Otlp:Protocol"] = "http",
            ["Rke:Telemetry:Otlp:Interval"] = "00:00:00.200",
        });
        await Eventually.IsTrueAsync(() => receiver.MetricNames.Contains("rke.ready"));
    }
}
