using Grpc.Core;

namespace Rke.Grpc.Tests.Server;

public sealed class KindsOfCallTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_unary_call_gives_its_response_and_its_end()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client.UnaryAsync(new Message { Text = "hello" }, cancellationToken: Token);

        Assert.Equal("hello", (await call).Text);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        Assert.Empty(call.GetTrailers());
    }

    [Fact]
    public async Task A_blocking_call_gives_its_response()
    {
        await using var server = await EchoServer.StartAsync();

        Assert.Equal("hello", server.Client.Unary(new Message { Text = "hello" }, cancellationToken: Token).Text);
    }

    [Fact]
    public async Task A_client_may_stream()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client.ClientStreaming(cancellationToken: Token);
        foreach (var text in new[] { "a", "b", "c" })
        {
            await call.RequestStream.WriteAsync(new Message { Text = text }, Token);
        }

        await call.RequestStream.CompleteAsync();

        Assert.Equal("abc", (await call).Text);
    }

    [Fact]
    public async Task A_server_may_stream()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client.ServerStreaming(new Message { Text = "abc" }, cancellationToken: Token);

        Assert.Equal("abc", await ReadTextAsync(call.ResponseStream));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task A_server_may_stream_nothing()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client.ServerStreaming(new Message(), cancellationToken: Token);

        Assert.False(await call.ResponseStream.MoveNext(Token));
        Assert.False(await call.ResponseStream.MoveNext(Token));
    }

    [Fact]
    public async Task Both_may_stream_in_turn()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client.DuplexStreaming(cancellationToken: Token);
        for (var i = 0; i < 10; i++)
        {
            await call.RequestStream.WriteAsync(new Message { Text = $"{i}" }, Token);
            Assert.True(await call.ResponseStream.MoveNext(Token));
            Assert.Equal($"{i}", call.ResponseStream.Current.Text);
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(Token));
    }

    [Fact]
    public async Task A_duplex_call_may_send_nothing()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client.DuplexStreaming(cancellationToken: Token);
        await call.RequestStream.CompleteAsync();

        Assert.False(await call.ResponseStream.MoveNext(Token));
    }

    [Fact]
    public async Task Messages_larger_than_the_windows_of_HTTP2_pass()
    {
        await using var server = await EchoServer.StartAsync();
        var payload = new byte[(4 * 1024 * 1024) - 100];
        new Random(1).NextBytes(payload);
        var request = new Message { Payload = Google.Protobuf.ByteString.CopyFrom(payload) };

        var response = await server.Client.UnaryAsync(request, cancellationToken: Token);

        Assert.Equal(request, response);
    }

    [Fact]
    public async Task Many_calls_at_once_keep_apart()
    {
        await using var server = await EchoServer.StartAsync();
        var calls = Enumerable.Range(0, 500).Select(async i =>
        {
            var response = await server.Client.UnaryAsync(new Message { Text = $"{i}" }, cancellationToken: Token);
            return response.Text == $"{i}";
        });

        Assert.All(await Task.WhenAll(calls), Assert.True);
    }

    [Fact]
    public async Task A_response_may_end_the_call_while_requests_are_still_open()
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.OnClientStreaming = async (requests, _) =>
        {
            Assert.True(await requests.MoveNext());
            return requests.Current;
        };
        using var call = server.Client.ClientStreaming(cancellationToken: Token);
        await call.RequestStream.WriteAsync(new Message { Text = "first" }, Token);

        Assert.Equal("first", (await call).Text);
    }

    [Fact]
    public async Task Buffered_writes_arrive_with_the_next_one_that_is_not()
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.OnServerStreaming = async (_, responses, _) =>
        {
            responses.WriteOptions = new WriteOptions(WriteFlags.BufferHint);
            await responses.WriteAsync(new Message { Text = "a" });
            responses.WriteOptions = null;
            await responses.WriteAsync(new Message { Text = "b" });
        };
        using var call = server.Client.ServerStreaming(new Message(), cancellationToken: Token);

        Assert.Equal("ab", await ReadTextAsync(call.ResponseStream));
    }

    private static async Task<string> ReadTextAsync(IAsyncStreamReader<Message> messages)
    {
        var text = "";
        await foreach (var message in messages.ReadAllAsync(Token))
        {
            text += message.Text;
        }

        return text;
    }
}
