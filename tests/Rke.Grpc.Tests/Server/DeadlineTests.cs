using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Rke.Grpc.Tests.Server;

public sealed class DeadlineTests
{
    private static readonly byte[] Hello = RawClient.Frame(new Message { Text = "hello" });
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(20);

    private readonly ManualTime _time = new();

    [Theory]
    [InlineData("2H", 2 * 3600.0)]
    [InlineData("3M", 180.0)]
    [InlineData("99999999S", 99_999_999.0)]
    [InlineData("00000001S", 1.0)]
    [InlineData("1500m", 1.5)]
    [InlineData("20u", 0.000_020)]
    [InlineData("300n", 0.000_000_3)]
    public async Task Is_told_to_the_handler_in_every_unit(string timeout, double seconds)
    {
        var (answer, context) = await CallAsync(timeout);

        Assert.Equal(0, answer.GrpcStatus);
        var ticks = (long)(seconds * TimeSpan.TicksPerSecond);
        Assert.Equal(_time.GetUtcNow().UtcDateTime.AddTicks(ticks), context.Deadline);
        Assert.True(context.CanBeCancelled);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("S")]
    [InlineData("1s")]
    [InlineData("-1S")]
    [InlineData("+1S")]
    [InlineData(" 1S")]
    [InlineData("1.5S")]
    [InlineData("123456789S")]
    [InlineData("0x1S")]
    public async Task Is_none_where_absent_or_malformed(string? timeout)
    {
        var (answer, context) = await CallAsync(timeout);

        Assert.Equal(0, answer.GrpcStatus);
        Assert.Equal(DateTime.MaxValue, context.Deadline);
    }

    [Fact]
    public async Task Cancels_the_handler_and_answers_when_it_passes()
    {
        await using var server = await StartAsync();
        var running = new TaskCompletionSource();
        server.Service.OnUnary = async (request, context) =>
        {
            running.SetResult();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return request;
        };
        var answer = server.Raw.SendAsync(Hello, headers: [("grpc-timeout", "5S")]);
        await running.Task.WaitAsync(Guard, TestContext.Current.CancellationToken);

        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.False(answer.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal((int)StatusCode.DeadlineExceeded, (await answer.WaitAsync(Guard)).GrpcStatus);
        Assert.True((await answer).IsTrailersOnly);
    }

    [Fact]
    public async Task Answers_even_while_a_handler_does_not_listen()
    {
        await using var server = await StartAsync();
        var running = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var late = new TaskCompletionSource<Exception?>();
        server.Service.OnServerStreaming = async (_, responses, context) =>
        {
            await responses.WriteAsync(new Message { Text = "in time" });
            running.SetResult();
            await release.Task;
            late.SetResult(await Record.ExceptionAsync(() => responses.WriteAsync(new Message { Text = "late" })));
        };
        var answer = server.Raw.SendAsync(
            Hello, path: "/rke.tests.Echo/ServerStreaming", headers: [("grpc-timeout", "5S")]);
        await running.Task.WaitAsync(Guard, TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromSeconds(5));

        var received = await answer.WaitAsync(Guard, TestContext.Current.CancellationToken);
        release.SetResult();

        Assert.Equal((int)StatusCode.DeadlineExceeded, received.GrpcStatus);
        Assert.Equal(RawClient.Frame(new Message { Text = "in time" }), received.Body);
        Assert.IsAssignableFrom<OperationCanceledException>(await late.Task.WaitAsync(Guard));
    }

    [Fact]
    public async Task Ends_a_wait_for_requests()
    {
        await using var server = await StartAsync();
        var running = new TaskCompletionSource();
        var thrown = new TaskCompletionSource<Exception?>();
        server.Service.OnClientStreaming = async (requests, _) =>
        {
            await requests.MoveNext();
            running.SetResult();
            thrown.SetResult(await Record.ExceptionAsync(() => requests.MoveNext()));
            return new Message();
        };
        var metadata = new Metadata();
        using var call = server.Client.ClientStreaming(
            metadata, DateTime.UtcNow.AddMinutes(5), TestContext.Current.CancellationToken);
        await call.RequestStream.WriteAsync(new Message(), TestContext.Current.CancellationToken);
        await running.Task.WaitAsync(Guard, TestContext.Current.CancellationToken);

        _time.Advance(TimeSpan.FromMinutes(6));

        var exception = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WaitAsync(Guard));
        Assert.Equal(StatusCode.DeadlineExceeded, exception.StatusCode);
        Assert.IsAssignableFrom<OperationCanceledException>(await thrown.Task.WaitAsync(Guard));
    }

    [Fact]
    public async Task Does_nothing_to_a_call_that_has_ended()
    {
        var (answer, _) = await CallAsync("5S");
        _time.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal(0, answer.GrpcStatus);
    }

    private Task<EchoServer> StartAsync() =>
        EchoServer.StartAsync(services: services => services.AddSingleton<TimeProvider>(_time));

    private async Task<(RawAnswer Answer, (DateTime Deadline, bool CanBeCancelled) Context)> CallAsync(string? timeout)
    {
        await using var server = await StartAsync();
        (DateTime, bool) seen = default;
        server.Service.OnUnary = (request, context) =>
        {
            seen = (context.Deadline, context.CancellationToken.CanBeCanceled);
            return Task.FromResult(request);
        };
        (string, string)[] headers = timeout is null ? [] : [("grpc-timeout", timeout)];
        return (await server.Raw.SendAsync(Hello, headers: headers), seen);
    }
}
