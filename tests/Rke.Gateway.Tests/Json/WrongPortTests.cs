using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Rke.Gateway.Tests.Identity;

namespace Rke.Gateway.Tests.Json;

/// <summary>A request at the wrong port gets an error that says what to do.</summary>
public sealed class WrongPortTests(EmbeddedGateway embedded) : IClassFixture<EmbeddedGateway>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static Uri Path { get; } = new("/v1/keys:post", UriKind.Relative);

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task HTTP_1_at_the_gRPC_port_is_refused_with_the_right_port(string method)
    {
        using var client = new HttpClient { BaseAddress = embedded.Gateway.Grpc };
        using var request = Request(method, HttpVersion.Version11);
        using var response = await client.SendAsync(request, Cancelled);
        await AssertRefusedAsync(response, HttpStatusCode.BadRequest, "WRONG_PORT", "Rke:Http:Url");
    }

    [Fact]
    public async Task HTTP_1_in_single_bytes_is_refused_too()
    {
        using var socket = new TcpClient { NoDelay = true };
        await socket.ConnectAsync(embedded.Gateway.Grpc.Host, embedded.Gateway.Grpc.Port, Cancelled);
        var stream = socket.GetStream();
        foreach (var value in "PUT / HTTP/1.1\r\n\r\n"u8.ToArray())
        {
            try
            {
                await stream.WriteAsync(new[] { value }, Cancelled);
            }
            catch (IOException)
            {
                // The gateway has answered the first bytes.
                break;
            }
        }

        using var reader = new StreamReader(stream, Encoding.UTF8);
        Assert.Equal("HTTP/1.1 400 Bad Request", await reader.ReadLineAsync(Cancelled));
    }

    [Fact]
    public async Task Bytes_that_are_not_HTTP_get_no_answer_of_HTTP_1()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(embedded.Gateway.Grpc.Host, embedded.Gateway.Grpc.Port, Cancelled);
        var stream = socket.GetStream();
        await stream.WriteAsync(new byte[] { 0x16, 0x03, 0x01, 0x00, 0x05, 1, 2, 3, 4, 5 }, Cancelled);
        socket.Client.Shutdown(SocketShutdown.Send);
        using var answer = new MemoryStream();
        try
        {
            await stream.CopyToAsync(answer, Cancelled);
        }
        catch (IOException)
        {
            // The gateway may reset the connection.
        }

        Assert.DoesNotContain("WRONG_PORT", Encoding.UTF8.GetString(answer.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task JSON_over_HTTP_2_at_the_gRPC_port_is_refused_with_the_right_port()
    {
        using var client = new HttpClient { BaseAddress = embedded.Gateway.Grpc };
        using var call = Request("POST", HttpVersion.Version20);
        using var refused = await client.SendAsync(call, Cancelled);
        await AssertRefusedAsync(refused, HttpStatusCode.NotImplemented, "WRONG_PORT", "Rke:Http:Url");

        using var method = Request("POST", HttpVersion.Version20);
        method.RequestUri = new("/rke.v1.RkeService/PostKey", UriKind.Relative);
        using var unsupported = await client.SendAsync(method, Cancelled);
        await AssertRefusedAsync(unsupported, HttpStatusCode.UnsupportedMediaType, "NOT_SERVED", "application/grpc");

        using var page = Request("GET", HttpVersion.Version20);
        page.RequestUri = new("/index.html", UriKind.Relative);
        using var missing = await client.SendAsync(page, Cancelled);
        await AssertRefusedAsync(missing, HttpStatusCode.NotFound, "NOT_SERVED", "Rke:Http:Url");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task With_TLS_the_gRPC_port_serves_JSON_and_the_HTTP_port_does_not(bool isHttp2)
    {
        using var authority = new TestAuthority();
        await using var gateway = await StartWithTlsAsync(authority, isEnabled: true);
        using var client = TrustingClient(gateway, authority);
        using var call = Request("POST", isHttp2 ? HttpVersion.Version20 : HttpVersion.Version11);
        using var served = await client.SendAsync(call, Cancelled);
        await AssertRefusedAsync(served, HttpStatusCode.BadRequest, "INVALID_FIELD", "key_part");
        using var page = await client.GetAsync(new Uri("/openapi/v1.json", UriKind.Relative), Cancelled);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);

        using var plain = Request("POST", HttpVersion.Version11);
        using var refused = await gateway.Http.SendAsync(plain, Cancelled);
        await AssertRefusedAsync(refused, HttpStatusCode.NotImplemented, "WRONG_PORT", "Rke:Grpc:Url");
    }

    [Fact]
    public async Task With_TLS_and_without_JSON_HTTP_1_is_refused_after_the_handshake()
    {
        using var authority = new TestAuthority();
        await using var gateway = await StartWithTlsAsync(authority, isEnabled: false);
        using var client = TrustingClient(gateway, authority);
        using var call = Request("POST", HttpVersion.Version11);
        using var refused = await client.SendAsync(call, Cancelled);
        await AssertRefusedAsync(refused, HttpStatusCode.BadRequest, "WRONG_PORT", "Rke:Json:Enabled");
    }

    private static async Task<RunningGateway> StartWithTlsAsync(TestAuthority authority, bool isEnabled)
    {
        using var folder = new TlsFolder();
        folder.Write(authority.SignServer());
        return await RunningGateway.StartAsync(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Rke:Grpc:Url"] = "https://127.0.0.1:0",
            ["Rke:Grpc:Tls:Certificate"] = folder.Certificate,
            ["Rke:Grpc:Tls:Key"] = folder.Key,
            ["Rke:Json:Enabled"] = isEnabled ? "true" : "false",
        });
    }

    private static HttpClient TrustingClient(RunningGateway gateway, TestAuthority authority)
    {
        using var client = new TlsClient(gateway.Grpc, authority);
        return new(client.CreateHandler()) { BaseAddress = gateway.Grpc };
    }

    private static HttpRequestMessage Request(string method, Version version) => new(new(method), Path)
    {
        Content = method == "GET" ? null : new StringContent("{}", Encoding.UTF8, "application/json"),
        Version = version,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    private static async Task AssertRefusedAsync(HttpResponseMessage response, HttpStatusCode code, string reason, string words)
    {
        var text = await response.Content.ReadAsStringAsync(Cancelled);
        Assert.True(response.StatusCode == code, $"{response.StatusCode}: {text}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        var error = JsonNode.Parse(text)!;
        Assert.Equal(reason, (string?)error["details"]![0]!["reason"]);
        Assert.Contains(words, text, StringComparison.Ordinal);
    }
}
