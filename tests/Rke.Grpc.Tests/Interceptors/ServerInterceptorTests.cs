using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.DependencyInjection;

namespace Rke.Grpc.Tests.Interceptors;

public sealed class ServerInterceptorTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task See_every_kind_of_call_in_order(bool areSingletons)
    {
        var trace = new Trace();
        await using var server = await EchoServer.StartAsync(
            options =>
            {
                options.Interceptors.Add<Outer>();
                options.Interceptors.Add<Inner>();
            },
            services =>
            {
                services.AddSingleton(trace);
                if (areSingletons)
                {
                    services.AddSingleton<Outer>();
                    services.AddSingleton<Inner>();
                }
            });

        await server.Client.UnaryAsync(new Message(), cancellationToken: Token);
        using var streaming = server.Client.ClientStreaming(cancellationToken: Token);
        await streaming.RequestStream.CompleteAsync();
        await streaming;
        using var responses = server.Client.ServerStreaming(new Message(), cancellationToken: Token);
        await responses.ResponseStream.MoveNext(Token);
        using var duplex = server.Client.DuplexStreaming(cancellationToken: Token);
        await duplex.RequestStream.CompleteAsync();
        await duplex.ResponseStream.MoveNext(Token);

        Assert.Equal(
            ["Outer unary", "Inner unary", "Outer client", "Inner client", "Outer server", "Inner server",
                "Outer duplex", "Inner duplex"],
            trace.Lines);
        Assert.Equal(areSingletons ? 2 : 8, trace.Made);
    }

    [Fact]
    public async Task Take_arguments_and_are_disposed_of_with_the_call()
    {
        var trace = new Trace();
        await using var server = await EchoServer.StartAsync(
            options => options.Interceptors.Add<WithArgument>("argument"), services => services.AddSingleton(trace));

        await server.Client.UnaryAsync(new Message(), cancellationToken: Token);
        await trace.Disposed.Task.WaitAsync(TimeSpan.FromSeconds(20), Token);

        Assert.Equal(["argument"], trace.Lines);
    }

    [Fact]
    public async Task May_end_a_call_before_its_handler()
    {
        await using var server = await EchoServer.StartAsync(options => options.Interceptors.Add<Refusal>());
        server.Service.OnUnary = (_, _) => throw new InvalidOperationException("never called");

        var exception = await Assert.ThrowsAsync<RpcException>(
            () => server.Client.UnaryAsync(new Message()).ResponseAsync);

        Assert.Equal(StatusCode.PermissionDenied, exception.StatusCode);
    }

    [Fact]
    public async Task Of_one_service_come_after_those_of_all()
    {
        var trace = new Trace();
        await using var server = await EchoServer.StartAsync(
            options => options.Interceptors.Add<Outer>(),
            services =>
            {
                services.AddSingleton(trace);
                services.AddGrpc().AddServiceOptions<EchoService>(options => options.Interceptors.Add<Inner>());
            });

        await server.Client.UnaryAsync(new Message(), cancellationToken: Token);

        Assert.Equal(["Outer unary", "Inner unary"], trace.Lines);
    }

    public sealed class Trace
    {
        public List<string> Lines { get; } = [];

        public int Made { get; set; }

        public TaskCompletionSource Disposed { get; } = new();
    }

    public class Outer : Interceptor
    {
        private readonly Trace _trace;

        public Outer(Trace trace)
        {
            _trace = trace;
            trace.Made++;
        }

        public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
            TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
        {
            Add("unary");
            return continuation(request, context);
        }

        public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
            IAsyncStreamReader<TRequest> requestStream,
            ServerCallContext context,
            ClientStreamingServerMethod<TRequest, TResponse> continuation)
        {
            Add("client");
            return continuation(requestStream, context);
        }

        public override Task ServerStreamingServerHandler<TRequest, TResponse>(
            TRequest request,
            IServerStreamWriter<TResponse> responseStream,
            ServerCallContext context,
            ServerStreamingServerMethod<TRequest, TResponse> continuation)
        {
            Add("server");
            return continuation(request, responseStream, context);
        }

        public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
            IAsyncStreamReader<TRequest> requestStream,
            IServerStreamWriter<TResponse> responseStream,
            ServerCallContext context,
            DuplexStreamingServerMethod<TRequest, TResponse> continuation)
        {
            Add("duplex");
            return continuation(requestStream, responseStream, context);
        }

        private void Add(string kind) => _trace.Lines.Add($"{GetType().Name} {kind}");
    }

    public sealed class Inner(Trace trace) : Outer(trace);

    public sealed class WithArgument(Trace trace, string argument) : Interceptor, IDisposable
    {
        public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
            TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
        {
            trace.Lines.Add(argument);
            return continuation(request, context);
        }

        public void Dispose() => trace.Disposed.SetResult();
    }

    public sealed class Refusal : Interceptor
    {
        public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
            TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
            throw new RpcException(new Status(StatusCode.PermissionDenied, "no"));
    }
}
