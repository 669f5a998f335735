using Grpc.Core;

namespace Rke.Grpc.Tests.Server;

public sealed class StatusTests
{
    private static readonly byte[] Hello = RawClient.Frame(new Message { Text = "hello" });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(StatusCode.NotFound, "gone")]
    [InlineData(StatusCode.Unauthenticated, "")]
    [InlineData((StatusCode)4711, "unknown code")]
    [InlineData(StatusCode.Internal, "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001F608\t\n")]
    [InlineData(StatusCode.Internal, "100 % sure, %41 is not A")]
    public async Task Of_an_exception_reaches_the_caller(StatusCode code, string detail)
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.OnUnary = (_, _) => throw new RpcException(
            new Status(code, detail), new Metadata { { "why", "because" }, { "why-bin", [1, 2] } });

        var exception = await Assert.ThrowsAsync<RpcException>(
            () => server.Client.UnaryAsync(new Message(), cancellationToken: Token).ResponseAsync);

        Assert.Equal((code, detail), (exception.StatusCode, exception.Status.Detail));
        Assert.Equal("because", exception.Trailers.GetValue("why"));
        Assert.Equal("0102", Convert.ToHexString(exception.Trailers.GetValueBytes("why-bin")!));
    }

    [Fact]
    public async Task Of_a_stream_that_fails_comes_behind_its_messages()
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.OnServerStreaming = async (_, responses, context) =>
        {
            await responses.WriteAsync(new Message { Text = "first" });
            context.ResponseTrailers.Add("where", "trailers");
            throw new RpcException(new Status(StatusCode.Aborted, "then not"));
        };
        using var call = server.Client.ServerStreaming(new Message(), cancellationToken: Token);

        Assert.True(await call.ResponseStream.MoveNext(Token));
        var exception = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Token));

        Assert.Equal((StatusCode.Aborted, "then not"), (exception.StatusCode, exception.Status.Detail));
        Assert.Equal("trailers", call.GetTrailers().GetValue("where"));
    }

    [Fact]
    public async Task May_be_set_on_the_context()
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.OnServerStreaming = (_, _, context) =>
        {
            context.Status = new Status(StatusCode.DataLoss, "set");
            return Task.CompletedTask;
        };

        var answer = await server.Raw.SendAsync(Hello, path: "/rke.tests.Echo/ServerStreaming");

        Assert.True(answer.IsTrailersOnly);
        Assert.Equal(("15", "set"), (answer.Headers["grpc-status"], answer.Headers["grpc-message"]));
    }

    [Fact]
    public async Task Of_other_exceptions_tells_nothing()
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.OnUnary = (_, _) => throw new InvalidOperationException("secret");

        var answer = await server.Raw.SendAsync(Hello);

        Assert.Equal((int)StatusCode.Unknown, answer.GrpcStatus);
        Assert.Equal("Exception was thrown by handler.", answer.Headers["grpc-message"]);
    }

    [Fact]
    public async Task Of_other_exceptions_tells_all_when_asked_to()
    {
        await using var server = await EchoServer.StartAsync(options => options.EnableDetailedErrors = true);
        server.Service.OnUnary = (_, _) =>
            throw new InvalidOperationException("outer", new ArgumentException("inner"));

        var answer = await server.Raw.SendAsync(Hello);

        Assert.Equal(
            "Exception was thrown by handler. InvalidOperationException: outer ArgumentException: inner",
            answer.Headers["grpc-message"]);
    }

    [Fact]
    public async Task Of_a_handler_without_a_response_is_cancelled()
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.OnUnary = (_, _) => Task.FromResult<Message>(null!);

        Assert.Equal((int)StatusCode.Cancelled, (await server.Raw.SendAsync(Hello)).GrpcStatus);
    }

    [Fact]
    public async Task Replaces_trailers_that_no_header_can_carry()
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.OnUnary = (request, context) =>
        {
            context.ResponseTrailers.Add("key", "line\nbreak");
            return Task.FromResult(request);
        };

        Assert.Equal((int)StatusCode.Internal, (await server.Raw.SendAsync(Hello)).GrpcStatus);
    }

    [Fact]
    public async Task Of_a_response_that_is_too_long_is_resource_exhausted()
    {
        await using var server = await EchoServer.StartAsync(options => options.MaxSendMessageSize = 10);
        server.Service.OnUnary = (_, _) => Task.FromResult(new Message { Text = new string('x', 11) });

        Assert.Equal((int)StatusCode.ResourceExhausted, (await server.Raw.SendAsync(Hello)).GrpcStatus);
    }

    [Fact]
    public async Task Of_a_request_that_is_too_long_is_resource_exhausted_on_the_callers_side()
    {
        await using var server = await EchoServer.StartAsync(channel: new() { MaxSendMessageSize = 10 });
        var exception = await Assert.ThrowsAsync<RpcException>(
            () => server.Client.UnaryAsync(new Message { Text = new string('x', 11) }).ResponseAsync);

        Assert.Equal(StatusCode.ResourceExhausted, exception.StatusCode);
    }

    [Fact]
    public async Task Of_a_response_longer_than_the_caller_takes_is_resource_exhausted()
    {
        await using var server = await EchoServer.StartAsync(channel: new() { MaxReceiveMessageSize = 10 });
        var exception = await Assert.ThrowsAsync<RpcException>(
            () => server.Client.UnaryAsync(new Message { Text = new string('x', 11) }).ResponseAsync);

        Assert.Equal(StatusCode.ResourceExhausted, exception.StatusCode);
    }
}
