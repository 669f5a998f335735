using System.Net;
using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Core;

namespace Rke.Gateway.Tests.Observability;

public sealed class MetricsTests
{
    private const string PostKey = "rke.v1.RkeService/PostKey";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_scrape_contains_calls_coins_limits_and_key_servers()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        var posted = await gateway.Client.PostKeyAsync(
            new() { RaidaId = 3, KeyPart = ByteString.CopyFrom(new byte[16]) }, cancellationToken: Cancelled);
        await Assert.ThrowsAsync<RpcException>(() => gateway.Client.PostKeyAsync(
            new() { RaidaId = 99 }, cancellationToken: Cancelled).ResponseAsync);
        await gateway.Client.GetKeyAsync(
            new() { RaidaId = 3, KeyIdHash = posted.KeyIdHash }, cancellationToken: Cancelled);
        await CallNobodyAsync(gateway);

        // The gateway counts a call at its end. The caller may receive the response before.
        await Eventually.IsTrueAsync(async () =>
        {
            var now = await Samples.OfAsync(gateway);
            return now["rke_coins{network=\"6\",state=\"free\"}"] > 0
                && now.Names.Where(name => name.StartsWith("rke_grpc_requests_total", StringComparison.Ordinal))
                    .Sum(name => now[name]) >= 4;
        });

        var samples = await Samples.OfAsync(gateway);
        Assert.Equal(1, samples[$"rke_grpc_requests_total{{method=\"{PostKey}\",code=\"OK\"}}"]);
        Assert.Equal(1, samples[$"rke_grpc_requests_total{{method=\"{PostKey}\",code=\"INVALID_ARGUMENT\"}}"]);
        Assert.Equal(1, samples["rke_grpc_requests_total{method=\"unknown\",code=\"UNIMPLEMENTED\"}"]);
        Assert.Equal(1, samples[$"rke_grpc_failures_total{{method=\"{PostKey}\",reason=\"INVALID_FIELD\"}}"]);
        Assert.Equal(2, samples[$"rke_grpc_request_duration_seconds_count{{method=\"{PostKey}\"}}"]);
        Assert.Equal(2, samples[$"rke_grpc_request_duration_seconds_bucket{{method=\"{PostKey}\",le=\"+Inf\"}}"]);
        Assert.Contains($"rke_grpc_requests_in_flight{{method=\"{PostKey}\"}}", samples.Names);
        Assert.Equal(1, samples["rke_grpc_connections"]);
        Assert.Equal(4, samples["rke_limiter_decisions_total{limiter=\"concurrency\",decision=\"admitted\"}"]);
        Assert.Equal(1, samples["rke_limiter_decisions_total{limiter=\"coin\",decision=\"admitted\"}"]);
        Assert.Equal(1, samples["rke_key_parts_handed_out_total{network=\"6\"}"]);
        Assert.Equal(8, samples["rke_coins_loaded{network=\"6\"}"]);
        Assert.Equal(
            8 * 25,
            samples["rke_coins{network=\"6\",state=\"free\"}"] + samples["rke_coins{network=\"6\",state=\"occupied\"}"]);
        Assert.Equal(2, samples["rke_udp_datagrams_sent_total{network=\"6\",raida_id=\"3\"}"]);
        Assert.Equal(2, samples["rke_udp_exchanges_total{network=\"6\",raida_id=\"3\",outcome=\"Answered\"}"]);
        Assert.Equal(2, samples["rke_udp_round_trip_seconds_count{network=\"6\",raida_id=\"3\"}"]);
        Assert.Equal(25, samples.Names.Count(name => name.StartsWith("rke_udp_breaker{", StringComparison.Ordinal)));
        Assert.Equal(1, samples["rke_ready"]);
        Assert.Equal(1, samples["rke_reloads_total{file=\"keys\",result=\"applied\"}"]);
        Assert.Equal(0, samples["rke_reload_refused{file=\"keys\"}"]);
        Assert.True(samples["process_cpu_seconds_total"] > 0);
        Assert.Empty(await samples.LintAsync());
    }

    [Fact]
    public async Task Too_many_calls_are_counted_as_refused()
    {
        using var silent = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        await using var network = TestNetwork.WithoutServers(TestNetwork.MakeCoin(1));
        await using var gateway = await RunningGateway.StartAsync(new Dictionary<string, string?>(network.Settings())
        {
            ["Rke:Networks:0:Servers:0"] = $"{silent.Client.LocalEndPoint}",
            ["Rke:Grpc:MaxCalls"] = "1",
        });
        using var stop = new CancellationTokenSource();
        var waits = gateway.Client.PostKeyAsync(
            new() { RaidaId = 0, KeyPart = ByteString.CopyFrom(new byte[16]) }, cancellationToken: stop.Token).ResponseAsync;
        await Eventually.IsTrueAsync(async () =>
            (await Samples.OfAsync(gateway))["rke_limiter_decisions_total{limiter=\"concurrency\",decision=\"admitted\"}"].Equals(1));
        var refused = await Details.OfAsync(gateway.Client.PostKeyAsync(
            new() { RaidaId = 0, KeyPart = ByteString.CopyFrom(new byte[16]) }, cancellationToken: Cancelled));
        Assert.Equal("OVERLOADED", refused.Reason);

        var samples = await Samples.OfAsync(gateway);
        Assert.Equal(1, samples["rke_limiter_decisions_total{limiter=\"concurrency\",decision=\"refused\"}"]);
        const string Overloads = $"rke_grpc_failures_total{{method=\"{PostKey}\",reason=\"OVERLOADED\"}}";
        await Eventually.IsTrueAsync(async () => (await Samples.OfAsync(gateway))[Overloads].Equals(1));
        await stop.CancelAsync();
        await Assert.ThrowsAsync<RpcException>(() => waits);
        await Eventually.IsTrueAsync(async () =>
            (await Samples.OfAsync(gateway))[$"rke_grpc_requests_total{{method=\"{PostKey}\",code=\"CANCELLED\"}}"].Equals(1));
    }

    [Fact]
    public async Task A_bad_key_file_is_reported_until_it_is_removed()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        network.WriteFile("bad.bin", [1, 2, 3]);
        await Eventually.IsTrueAsync(async () =>
            (await Samples.OfAsync(gateway))["rke_reload_refused{file=\"keys\"}"].Equals(1));
        File.Delete(Path.Combine(network.KeyFolder, "bad.bin"));
        await Eventually.IsTrueAsync(async () =>
            (await Samples.OfAsync(gateway))["rke_reload_refused{file=\"keys\"}"].Equals(0));
    }

    [Fact]
    public async Task Pages_are_not_served_on_the_gRPC_port()
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        using var client = new HttpClient { BaseAddress = gateway.Grpc };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await client.SendAsync(request, Cancelled);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    private static async Task CallNobodyAsync(RunningGateway gateway)
    {
        var method = new Method<byte[], byte[]>(
            MethodType.Unary,
            "rke.v1.Nobody",
            "Nothing",
            Marshallers.Create(bytes => bytes, bytes => bytes),
            Marshallers.Create(bytes => bytes, bytes => bytes));
        using var call = gateway.Channel.CreateCallInvoker().AsyncUnaryCall(method, null, new(cancellationToken: Cancelled), []);
        await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);
    }
}
