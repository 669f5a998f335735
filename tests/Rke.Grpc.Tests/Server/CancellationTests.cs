using Grpc.Core;
using Grpc.Net.Client;

namespace Rke.Grpc.Tests.Server;

public sealed class CancellationTests
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_caller_that_cancels_cancels_the_handler()
    {
        await using var server = await EchoServer.StartAsync();
        var (running, cancelled) = (new TaskCompletionSource(), new TaskCompletionSource());
        server.Service.OnUnary = async (request, context) =>
        {
            context.CancellationToken.Register(cancelled.SetResult);
            running.SetResult();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return request;
        };
        using var cancellation = new CancellationTokenSource();
        using var call = server.Client.UnaryAsync(new Message(), cancellationToken: cancellation.Token);
        await running.Task.WaitAsync(Guard, Token);

        await cancellation.CancelAsync();

        var exception = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WaitAsync(Guard));
        Assert.Equal(StatusCode.Cancelled, exception.StatusCode);
        Assert.Equal(StatusCode.Cancelled, call.GetStatus().StatusCode);
        await cancelled.Task.WaitAsync(Guard, Token);
    }

    [Fact]
    public async Task A_caller_that_disposes_of_a_call_cancels_a_handler_that_streams()
    {
        await using var server = await EchoServer.StartAsync();
        var ended = new TaskCompletionSource<Exception?>();
        server.Service.OnServerStreaming = async (_, responses, _) =>
            ended.SetResult(await Record.ExceptionAsync(async () =>
            {
                while (true)
                {
                    await responses.WriteAsync(new Message { Text = "more" });
                }
            }));
        var call = server.Client.ServerStreaming(new Message(), cancellationToken: Token);
        Assert.True(await call.ResponseStream.MoveNext(Token));

        call.Dispose();

        Assert.IsAssignableFrom<OperationCanceledException>(await ended.Task.WaitAsync(Guard, Token));
        var exception = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Token));
        Assert.Equal(StatusCode.Cancelled, exception.StatusCode);
    }

    [Fact]
    public async Task A_handler_that_waits_for_requests_sees_that_the_caller_is_gone()
    {
        await using var server = await EchoServer.StartAsync();
        var (running, ended) = (new TaskCompletionSource(), new TaskCompletionSource<Exception?>());
        server.Service.OnClientStreaming = async (requests, _) =>
        {
            await requests.MoveNext();
            running.SetResult();
            ended.SetResult(await Record.ExceptionAsync(() => requests.MoveNext()));
            return new Message();
        };
        var call = server.Client.ClientStreaming(cancellationToken: Token);
        await call.RequestStream.WriteAsync(new Message(), Token);
        await running.Task.WaitAsync(Guard, Token);

        call.Dispose();

        Assert.IsAssignableFrom<OperationCanceledException>(await ended.Task.WaitAsync(Guard, Token));
    }

    [Fact]
    public async Task A_token_that_is_cancelled_before_sends_nothing()
    {
        await using var server = await EchoServer.StartAsync();
        var cancelled = new CancellationToken(canceled: true);
        var exception = await Assert.ThrowsAsync<RpcException>(
            () => server.Client.UnaryAsync(new Message(), cancellationToken: cancelled).ResponseAsync);

        Assert.Equal(StatusCode.Cancelled, exception.StatusCode);
    }

    [Fact]
    public async Task A_channel_may_throw_cancellations_instead()
    {
        await using var server = await EchoServer.StartAsync(
            channel: new GrpcChannelOptions { ThrowOperationCanceledOnCancellation = true });
        server.Service.OnUnary = async (request, context) =>
        {
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return request;
        };

        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => server.Client.UnaryAsync(new Message(), deadline: DateTime.UtcNow.AddMilliseconds(50)).ResponseAsync);
        Assert.Equal(StatusCode.DeadlineExceeded, Assert.IsType<RpcException>(exception.InnerException).StatusCode);
    }

    [Fact]
    public async Task A_deadline_ends_a_call_on_the_callers_side_too()
    {
        await using var server = await EchoServer.StartAsync();
        var release = new TaskCompletionSource();
        server.Service.OnUnary = async (request, _) =>
        {
            await release.Task;
            return request;
        };

        var exception = await Assert.ThrowsAsync<RpcException>(
            () => server.Client.UnaryAsync(new Message(), deadline: DateTime.UtcNow.AddMilliseconds(50)).ResponseAsync);
        release.SetResult();

        Assert.Equal(StatusCode.DeadlineExceeded, exception.StatusCode);
    }

    [Fact]
    public async Task A_deadline_in_the_past_fails_at_once()
    {
        await using var server = await EchoServer.StartAsync();
        var exception = await Assert.ThrowsAsync<RpcException>(
            () => server.Client.UnaryAsync(new Message(), deadline: DateTime.UtcNow.AddSeconds(-1)).ResponseAsync);

        Assert.Equal(StatusCode.DeadlineExceeded, exception.StatusCode);
    }

    [Fact]
    public async Task A_call_made_on_behalf_of_another_shares_its_deadline_and_cancellation()
    {
        await using var server = await EchoServer.StartAsync();
        var inner = new TaskCompletionSource<DateTime>();
        var isInner = false;
        server.Service.OnUnary = async (request, context) =>
        {
            if (isInner)
            {
                inner.SetResult(context.Deadline);
                return request;
            }

            isInner = true;
            var options = new CallOptions(propagationToken: context.CreatePropagationToken());
            return await server.Client.UnaryAsync(request, options);
        };
        var deadline = DateTime.UtcNow.AddSeconds(60);

        await server.Client.UnaryAsync(new Message(), deadline: deadline, cancellationToken: Token);

        var seen = await inner.Task;
        Assert.InRange(seen, deadline.AddSeconds(-5), deadline.AddSeconds(5));
    }

    [Fact]
    public async Task A_channel_that_is_disposed_of_ends_its_calls()
    {
        await using var server = await EchoServer.StartAsync();
        var running = new TaskCompletionSource();
        server.Service.OnUnary = async (request, context) =>
        {
            running.SetResult();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return request;
        };
        using var call = server.Client.UnaryAsync(new Message(), cancellationToken: Token);
        await running.Task.WaitAsync(Guard, Token);

        server.Channel.Dispose();

        await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WaitAsync(Guard));
        Assert.Throws<ObjectDisposedException>(() => server.Client.UnaryAsync(new Message()));
    }
}
