using System.IO.Compression;
using Grpc.Core;

namespace Rke.Grpc.Tests.Server;

/// <summary>Whatever comes, the answer is a status, and the server goes on.</summary>
public sealed class MalformedRequestTests
{
    private static readonly byte[] Hello = RawClient.Frame(new Message { Text = "hello" });

    public static TheoryData<string, byte[], string?, StatusCode> Faults => new()
    {
        { "nothing", [], null, StatusCode.Internal },
        { "half a header", [0, 0, 0], null, StatusCode.Internal },
        { "a header alone", [0, 0, 0, 0, 9], null, StatusCode.Internal },
        { "half a message", Hello[..^1], null, StatusCode.Internal },
        { "two messages", [.. Hello, .. Hello], null, StatusCode.Internal },
        { "a message and a byte", [.. Hello, 0], null, StatusCode.Internal },
        { "flag 2", RawClient.Frame([], flag: 2), null, StatusCode.Internal },
        { "flag 255", [255], null, StatusCode.Internal },
        { "compressed, no encoding", RawClient.Frame(Gzip([1]), flag: 1), null, StatusCode.Internal },
        { "compressed, identity", RawClient.Frame(Gzip([1]), flag: 1), "identity", StatusCode.Internal },
        { "compressed, unknown", RawClient.Frame(Gzip([1]), flag: 1), "snappy", StatusCode.Unimplemented },
        { "not gzip", RawClient.Frame([1, 2, 3, 4], flag: 1), "gzip", StatusCode.Internal },
        { "empty gzip", RawClient.Frame([], flag: 1), "gzip", StatusCode.OK },
        { "half of gzip", RawClient.Frame(Gzip(new byte[1000]).AsSpan(0, 15), flag: 1), "gzip", StatusCode.Internal },
        { "claims 4 GiB", RawClient.Frame([], length: uint.MaxValue), null, StatusCode.ResourceExhausted },
        { "claims 4 MiB and a byte", RawClient.Frame([], length: 4_194_305), null, StatusCode.ResourceExhausted },
        { "claims 4 MiB", RawClient.Frame([], length: 4_194_304), null, StatusCode.Internal },
        { "a bomb", RawClient.Frame(Gzip(new byte[64 << 20]), flag: 1), "gzip", StatusCode.ResourceExhausted },
        { "not a message", RawClient.Frame([0xff, 0xff, 0xff]), null, StatusCode.Internal },
        { "text that is not UTF-8", RawClient.Frame([0x0a, 1, 0xff]), null, StatusCode.OK },
    };

    [Theory]
    [MemberData(nameof(Faults), DisableDiscoveryEnumeration = true)]
    public async Task Are_answered_with_a_status(string name, byte[] body, string? encoding, StatusCode expected)
    {
        await using var server = await EchoServer.StartAsync();
        (string, string)[] headers = encoding is null ? [] : [("grpc-encoding", encoding)];

        var answer = await server.Raw.SendAsync(body, headers: headers);

        Assert.True((int)expected == answer.GrpcStatus, $"{name}: {answer.GrpcStatus}");
        Assert.Equal(expected != StatusCode.OK, answer.IsTrailersOnly);
        Assert.Equal(
            expected == StatusCode.Unimplemented ? "identity,gzip" : null,
            answer.Headers.GetValueOrDefault("grpc-accept-encoding"));
        Assert.Equal(0, (await server.Raw.SendAsync(Hello)).GrpcStatus);
    }

    [Theory]
    [MemberData(nameof(Faults), DisableDiscoveryEnumeration = true)]
    public async Task Reach_a_streaming_handler_as_exceptions(
        string name, byte[] body, string? encoding, StatusCode expected)
    {
        // What is wrong for one request may be right for a stream of them.
        if (name is "nothing" or "two messages")
        {
            expected = StatusCode.OK;
        }

        await using var server = await EchoServer.StartAsync();
        (string, string)[] headers = encoding is null ? [] : [("grpc-encoding", encoding)];

        var answer = await server.Raw.SendAsync(body, path: "/rke.tests.Echo/ClientStreaming", headers: headers);

        Assert.True((int)expected == answer.GrpcStatus, $"{name}: {answer.GrpcStatus}");
    }

    [Fact]
    public async Task Every_prefix_of_a_message_is_refused()
    {
        await using var server = await EchoServer.StartAsync();
        for (var length = 0; length < Hello.Length; length++)
        {
            Assert.Equal((int)StatusCode.Internal, (await server.Raw.SendAsync(Hello[..length])).GrpcStatus);
        }
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/json")]
    [InlineData("application/grpc-web")]
    [InlineData("application/grpcx")]
    [InlineData("")]
    public async Task Other_content_types_are_unsupported(string contentType)
    {
        await using var server = await EchoServer.StartAsync();

        Assert.Equal(415, (await server.Raw.SendAsync(Hello, contentType: contentType)).HttpStatus);
    }

    [Theory]
    [InlineData("application/grpc")]
    [InlineData("application/grpc+proto")]
    [InlineData("APPLICATION/GRPC")]
    [InlineData("application/grpc;charset=utf-8")]
    public async Task Content_types_of_gRPC_are_taken(string contentType)
    {
        await using var server = await EchoServer.StartAsync();
        var answer = await server.Raw.SendAsync(Hello, contentType: contentType);

        Assert.Equal(200, answer.HttpStatus);
        Assert.Equal(0, answer.GrpcStatus);
        Assert.Equal("application/grpc", answer.Headers["content-type"]);
        Assert.Equal(Hello, answer.Body);
        Assert.Equal("0", answer.Trailers["grpc-status"]);
    }

    [Fact]
    public async Task Only_POST_is_allowed()
    {
        await using var server = await EchoServer.StartAsync();

        Assert.Equal(405, (await server.Raw.SendAsync(Hello, method: HttpMethod.Put)).HttpStatus);
    }

    [Fact]
    public async Task HTTP_1_is_refused()
    {
        await using var server = await EchoServer.StartAsync(listen: options =>
            options.Protocols = Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http1);
        var answer = await server.Raw.SendAsync(Hello, version: new Version(1, 1));

        Assert.Equal(426, answer.HttpStatus);
        Assert.Equal("HTTP/2", answer.Headers["upgrade"]);
    }

    [Theory]
    [InlineData("/rke.tests.Echo/Missing", "Method is unimplemented.")]
    [InlineData("/rke.tests.Missing/Unary", "Service is unimplemented.")]
    [InlineData("/rke.tests.echo/Nothing", "Service is unimplemented.")]
    public async Task What_is_not_here_is_unimplemented(string path, string message)
    {
        await using var server = await EchoServer.StartAsync();
        var answer = await server.Raw.SendAsync(Hello, path);

        Assert.Equal((int)StatusCode.Unimplemented, answer.GrpcStatus);
        Assert.Equal(message, answer.Headers["grpc-message"]);
        Assert.True(answer.IsTrailersOnly);
    }

    [Fact]
    public async Task Unknown_services_may_be_left_to_other_endpoints()
    {
        await using var server = await EchoServer.StartAsync(options => options.IgnoreUnknownServices = true);

        Assert.Equal(404, (await server.Raw.SendAsync(Hello, "/rke.tests.Missing/Unary")).HttpStatus);
        Assert.Equal(12, (await server.Raw.SendAsync(Hello, "/rke.tests.Echo/Missing")).GrpcStatus);
    }

    [Fact]
    public async Task A_binary_header_that_is_not_base64_is_refused_when_read()
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.OnUnary = (request, context) =>
        {
            Assert.NotNull(context.RequestHeaders);
            return Task.FromResult(request);
        };

        var answer = await server.Raw.SendAsync(Hello, headers: [("key-bin", "!")]);

        Assert.Equal((int)StatusCode.Internal, answer.GrpcStatus);
    }

    private static byte[] Gzip(byte[] bytes)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal))
        {
            gzip.Write(bytes);
        }

        return compressed.ToArray();
    }
}
