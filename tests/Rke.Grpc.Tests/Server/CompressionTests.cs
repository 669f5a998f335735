using Google.Protobuf;
using Grpc.Core;

namespace Rke.Grpc.Tests.Server;

public sealed class CompressionTests
{
    private static readonly Message Large = new() { Payload = ByteString.CopyFrom(new byte[100_000]) };
    private static readonly byte[] LargeFrame = RawClient.Frame(Large);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_responses_is_used_where_the_caller_accepts_it()
    {
        await using var server = await EchoServer.StartAsync(options => options.ResponseCompressionAlgorithm = "gzip");
        var answer = await server.Raw.SendAsync(LargeFrame, headers: [("grpc-accept-encoding", "identity, gzip")]);

        Assert.Equal("gzip", answer.Headers["grpc-encoding"]);
        Assert.Equal(1, answer.Body[0]);
        Assert.InRange(answer.Body.Length, 1, 5000);
        Assert.Equal(Large, await server.Client.UnaryAsync(Large, cancellationToken: Token));
    }

    [Theory]
    [InlineData("identity")]
    [InlineData("gzipped, deflate")]
    [InlineData(null)]
    public async Task Of_responses_is_not_used_otherwise(string? accepted)
    {
        await using var server = await EchoServer.StartAsync(options => options.ResponseCompressionAlgorithm = "gzip");
        (string, string)[] headers = accepted is null ? [] : [("grpc-accept-encoding", accepted)];
        var answer = await server.Raw.SendAsync(LargeFrame, headers: headers);

        Assert.Equal(LargeFrame, answer.Body);
        Assert.DoesNotContain("grpc-encoding", answer.Headers);
    }

    [Fact]
    public async Task Of_single_messages_may_be_left_out()
    {
        await using var server = await EchoServer.StartAsync(options => options.ResponseCompressionAlgorithm = "gzip");
        server.Service.OnUnary = (request, context) =>
        {
            context.WriteOptions = new WriteOptions(WriteFlags.NoCompress);
            return Task.FromResult(request);
        };
        var answer = await server.Raw.SendAsync(LargeFrame, headers: [("grpc-accept-encoding", "gzip")]);

        Assert.Equal(LargeFrame, answer.Body);
    }

    [Fact]
    public async Task Of_requests_is_undone()
    {
        await using var server = await EchoServer.StartAsync();
        var encoding = "";
        server.Service.OnUnary = (request, context) =>
        {
            encoding = context.GetHttpContext().Request.Headers["grpc-encoding"];
            return Task.FromResult(request);
        };
        var headers = new Metadata { { "grpc-internal-encoding-request", "gzip" } };

        Assert.Equal(Large, await server.Client.UnaryAsync(Large, headers, cancellationToken: Token));
        Assert.Equal("gzip", encoding);
    }

    [Fact]
    public async Task A_handler_may_ask_for_it()
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.OnUnary = async (request, context) =>
        {
            await context.WriteResponseHeadersAsync(new Metadata { { "grpc-internal-encoding-request", "gzip" } });
            return request;
        };
        var answer = await server.Raw.SendAsync(LargeFrame, headers: [("grpc-accept-encoding", "gzip")]);

        Assert.Equal("gzip", answer.Headers["grpc-encoding"]);
        Assert.Equal(1, answer.Body[0]);
        Assert.DoesNotContain("grpc-internal-encoding-request", answer.Headers);
    }

    [Fact]
    public async Task Other_algorithms_are_refused_at_start()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => EchoServer.StartAsync(options => options.ResponseCompressionAlgorithm = "snappy"));
    }
}
