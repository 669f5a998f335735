using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Web;
using Rke.Gateway.Tests.Identity;
using Rke.Gateway.Tests.Observability;
using Rke.V1;

namespace Rke.Gateway.Tests.Listening;

/// <summary>gRPC-Web, with the official client and with the requests of a browser.</summary>
public sealed class GrpcWebTests : IDisposable
{
    private const string Origin = "https://app.example.com";

    private readonly TestAuthority _authority = new();
    private readonly TlsFolder _folder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(GrpcWebMode.GrpcWeb)]
    [InlineData(GrpcWebMode.GrpcWebText)]
    public async Task Without_tls_the_http_port_serves_it(GrpcWebMode mode)
    {
        await using var gateway = await StartAsync();
        using var channel = Channel(gateway.Http.BaseAddress!, new SocketsHttpHandler(), mode);
        await AssertServedAsync(channel);
        var counted = (await Samples.OfAsync(gateway))["rke_grpc_requests_total{method=\"rke.v1.RkeService/PostKey\",code=\"OK\"}"];
        Assert.Equal(1, counted);
    }

    [Fact]
    public async Task With_tls_the_grpc_port_serves_it_and_the_http_port_does_not()
    {
        _folder.Write(_authority.SignServer());
        await using var gateway = await StartAsync([
            new("Rke:Grpc:Url", "https://127.0.0.1:0"),
            new("Rke:Grpc:Tls:Certificate", _folder.Certificate),
            new("Rke:Grpc:Tls:Key", _folder.Key),
        ]);
        using var trusting = new TlsClient(gateway.Grpc, _authority);
        using var secure = Channel(gateway.Grpc, trusting.CreateHandler(), GrpcWebMode.GrpcWeb);
        await AssertServedAsync(secure);
        await AssertServedAsync(trusting.Channel);

        using var pages = new HttpClient(trusting.CreateHandler()) { BaseAddress = gateway.Grpc };
        foreach (var page in (string[])["/healthz", "/readyz", "/metrics"])
        {
            using var response = await pages.GetAsync(new Uri(page, UriKind.Relative), Cancelled);
            Assert.Equal((HttpStatusCode.NotFound, HttpVersion.Version11), (response.StatusCode, response.Version));
        }

        await AssertNotServedAsync(gateway);
    }

    [Fact]
    public async Task Without_the_setting_nothing_serves_it()
    {
        await using var gateway = await RunningGateway.StartAsync(new Dictionary<string, string?>(StringComparer.Ordinal));
        await AssertNotServedAsync(gateway);
    }

    [Fact]
    public async Task An_error_has_details()
    {
        await using var gateway = await StartAsync();
        using var channel = Channel(gateway.Http.BaseAddress!, new SocketsHttpHandler(), GrpcWebMode.GrpcWeb);
        var error = await Assert.ThrowsAsync<RpcException>(
            () => new RkeService.RkeServiceClient(channel).PostKeyAsync(new(), cancellationToken: Cancelled).ResponseAsync);
        Assert.Equal("INVALID_FIELD", new Details(error).Reason);
    }

    [Theory]
    [InlineData(Origin, Origin)]
    [InlineData("https://other.example.com", null)]
    public async Task Pages_of_configured_origins_may_call(string origin, string? allowed)
    {
        await using var gateway = await StartAsync([new("Rke:Grpc:WebOrigins", Origin)]);
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/rke.v1.RkeService/PostKey")
        {
            Headers =
            {
                { "Origin", origin },
                { "Access-Control-Request-Method", "POST" },
                { "Access-Control-Request-Headers", "content-type,x-grpc-web,grpc-timeout" },
            },
        };
        using var response = await gateway.Http.SendAsync(preflight, Cancelled);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        response.Headers.TryGetValues("Access-Control-Allow-Origin", out var origins);
        Assert.Equal(allowed, origins?.Single());
    }

    [Fact]
    public async Task Pages_of_other_origins_may_not_read_the_pages_for_operators()
    {
        await using var gateway = await StartAsync([new("Rke:Grpc:WebOrigins", "*")]);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics") { Headers = { { "Origin", Origin } } };
        using var response = await gateway.Http.SendAsync(request, Cancelled);
        Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task A_page_of_another_origin_reads_status_and_details()
    {
        await using var gateway = await StartAsync([new("Rke:Grpc:WebOrigins", Origin)]);
        using var request = Call();
        request.Headers.Add("Origin", Origin);
        using var response = await gateway.Http.SendAsync(request, Cancelled);
        Assert.Equal(
            ["grpc-message", "grpc-status", "grpc-status-details-bin"],
            response.Headers.GetValues("Access-Control-Expose-Headers").Single().Split(',').Order());
    }

    [Fact]
    public async Task Its_span_has_the_status_of_the_call()
    {
        await using var receiver = await OtlpReceiver.StartAsync(isGrpc: true);
        await using (var gateway = await StartAsync([new("Rke:Telemetry:Otlp:Endpoint", $"{receiver.Endpoint}")]))
        {
            using var channel = Channel(gateway.Http.BaseAddress!, new SocketsHttpHandler(), GrpcWebMode.GrpcWeb);
            await AssertServedAsync(channel);
        }

        var span = Assert.Single(receiver.Spans, span => span.Name == "rke.v1.RkeService/PostKey");
        Assert.Equal(("0", false), (span["rpc.grpc.status_code"], span.IsError));
    }

    // Without gRPC-Web, the gRPC endpoint does not know the content type.
    private static async Task AssertNotServedAsync(RunningGateway gateway)
    {
        using var request = Call();
        using var response = await gateway.Http.SendAsync(request, Cancelled);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    private static HttpRequestMessage Call() => new(HttpMethod.Post, "/rke.v1.RkeService/Lookup")
    {
        Content = new ByteArrayContent([0, 0, 0, 0, 0]) { Headers = { { "Content-Type", "application/grpc-web" } } },
    };

    private static Task<RunningGateway> StartAsync(params KeyValuePair<string, string?>[] settings) =>
        RunningGateway.StartAsync(new Dictionary<string, string?>(settings, StringComparer.Ordinal) { ["Rke:Grpc:Web"] = "true" });

    private static GrpcChannel Channel(Uri address, HttpMessageHandler handler, GrpcWebMode mode) =>
        GrpcChannel.ForAddress(address, new()
        {
            HttpHandler = new GrpcWebHandler(mode, handler),
            HttpVersion = HttpVersion.Version11,
            DisposeHttpClient = true,
        });

    private static async Task<PostKeyResponse> PostAsync(GrpcChannel channel) =>
        await new RkeService.RkeServiceClient(channel).PostKeyAsync(
            new() { RaidaId = 1, KeyPart = ByteString.CopyFrom(new byte[16]) }, cancellationToken: Cancelled);

    private static async Task AssertServedAsync(GrpcChannel channel) => Assert.Equal(16, (await PostAsync(channel)).KeyId.Length);
}
