using Grpc.Core;

namespace Rke.Grpc.Tests.Server;

public sealed class MetadataTests
{
    private static readonly byte[] Hello = RawClient.Frame(new Message { Text = "hello" });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Goes_both_ways_as_text_and_bytes()
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.OnUnary = async (request, context) =>
        {
            var headers = new Metadata();
            var own = context.RequestHeaders.Where(entry => entry.Key.StartsWith("x-", StringComparison.Ordinal));
            foreach (var entry in own)
            {
                headers.Add(entry);
                context.ResponseTrailers.Add(entry);
            }

            await context.WriteResponseHeadersAsync(headers);
            return request;
        };
        var sent = new Metadata { { "x-text", "some text" }, { "X-Bytes-Bin", [0, 255, 128] }, { "x-empty-bin", [] } };

        using var call = server.Client.UnaryAsync(new Message(), sent, cancellationToken: Token);
        await call;

        foreach (var received in new[] { await call.ResponseHeadersAsync, call.GetTrailers() })
        {
            Assert.Equal("some text", received.GetValue("x-text"));
            Assert.Equal("00FF80", Convert.ToHexString(received.GetValueBytes("x-bytes-bin")!));
            Assert.Equal("", Convert.ToHexString(received.GetValueBytes("x-empty-bin")!));
        }
    }

    [Theory]
    [InlineData("AQID", "010203")]
    [InlineData("AQI=", "0102")]
    [InlineData("AQI", "0102")]
    [InlineData("AQ", "01")]
    [InlineData("AQ==,Ag,AwQF", "01|02|030405")]
    [InlineData("AQ, Ag", "01|02")]
    public async Task Takes_base64_with_and_without_padding_and_joined(string header, string expected)
    {
        await using var server = await EchoServer.StartAsync();
        var seen = "";
        server.Service.OnUnary = (request, context) =>
        {
            var values = context.RequestHeaders.GetAll("key-bin")
                .Select(entry => Convert.ToHexString(entry.ValueBytes));
            seen = string.Join('|', values);
            return Task.FromResult(request);
        };

        Assert.Equal(0, (await server.Raw.SendAsync(Hello, headers: [("key-bin", header)])).GrpcStatus);
        Assert.Equal(expected, seen);
    }

    [Fact]
    public async Task Has_the_callers_own_headers_only()
    {
        await using var server = await EchoServer.StartAsync();
        string[] keys = [];
        server.Service.OnUnary = (request, context) =>
        {
            keys = [.. context.RequestHeaders.Select(entry => entry.Key)];
            return Task.FromResult(request);
        };

        await server.Raw.SendAsync(
            Hello,
            headers: [("grpc-timeout", "1S"), ("grpc-encoding", "gzip"), ("grpc-accept-encoding", "gzip"),
                ("user-agent", "test"), ("x-own", "1"), ("x!odd", "1")]);

        Assert.Equal(["user-agent", "x-own"], keys.Order(StringComparer.Ordinal).Where(key => key != "content-length"));
    }

    [Fact]
    public async Task Sends_headers_at_once_and_only_once()
    {
        await using var server = await EchoServer.StartAsync();
        var release = new TaskCompletionSource();
        server.Service.OnUnary = async (request, context) =>
        {
            await context.WriteResponseHeadersAsync(new Metadata { { "early", "yes" } });
            await Assert.ThrowsAsync<InvalidOperationException>(
                () => context.WriteResponseHeadersAsync(Metadata.Empty));
            await release.Task;
            return request;
        };
        using var call = server.Client.UnaryAsync(new Message(), cancellationToken: Token);

        var headers = await call.ResponseHeadersAsync.WaitAsync(TimeSpan.FromSeconds(20), Token);
        Assert.Equal("yes", headers.GetValue("early"));
        release.SetResult();
        await call;
    }

    [Fact]
    public async Task Sends_binary_values_without_padding()
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.OnUnary = (request, context) =>
        {
            context.ResponseTrailers.Add("one-bin", [1]);
            context.ResponseTrailers.Add("one-bin", [2]);
            return Task.FromResult(request);
        };

        Assert.Equal("AQ,Ag", (await server.Raw.SendAsync(Hello)).Trailers["one-bin"]);
    }

    [Fact]
    public async Task The_context_tells_where_the_call_came_from_and_went()
    {
        await using var server = await EchoServer.StartAsync();
        (string Method, string Host, string Peer, bool IsAuthenticated) seen = default;
        server.Service.OnUnary = (request, context) =>
        {
            seen = (context.Method, context.Host, context.Peer, context.AuthContext.IsPeerAuthenticated);
            context.UserState["key"] = "value";
            Assert.Equal("value", context.UserState["key"]);
            Assert.Equal("/rke.tests.Echo/Unary", context.GetHttpContext().Request.Path);
            return Task.FromResult(request);
        };

        await server.Client.WithHost("other.example").UnaryAsync(new Message(), cancellationToken: Token);

        Assert.Equal(("/rke.tests.Echo/Unary", "other.example", false), (seen.Method, seen.Host, seen.IsAuthenticated));
        Assert.Matches(@"^ipv4:127\.0\.0\.1:\d+$", seen.Peer);
    }
}
