using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Rke.Grpc.Tests.Interceptors;

public sealed class ClientInterceptorTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task See_calls_in_order()
    {
        await using var server = await EchoServer.StartAsync();
        var trace = new List<string>();
        var client = new Echo.EchoClient(server.Channel.Intercept(new Named("a", trace), new Named("b", trace)));

        await client.UnaryAsync(new Message(), cancellationToken: Token);
        client.Unary(new Message(), cancellationToken: Token);
        using var streaming = client.ClientStreaming(cancellationToken: Token);
        using var responses = client.ServerStreaming(new Message(), cancellationToken: Token);
        using var duplex = client.DuplexStreaming(cancellationToken: Token);

        Assert.Equal(["a async", "b async", "a blocking", "b blocking", "a client", "b client", "a server", "b server",
            "a duplex", "b duplex"], trace);
    }

    [Fact]
    public async Task May_add_headers()
    {
        await using var server = await EchoServer.StartAsync();
        string? seen = null;
        server.Service.OnUnary = (request, context) =>
        {
            seen = context.RequestHeaders.GetValue("added");
            return Task.FromResult(request);
        };
        var client = new Echo.EchoClient(server.Channel.Intercept(headers => [.. headers, new("added", "yes")]));

        await client.UnaryAsync(new Message(), cancellationToken: Token);

        Assert.Equal("yes", seen);
    }

    private sealed class Named(string name, List<string> trace) : Interceptor
    {
        public override TResponse BlockingUnaryCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            BlockingUnaryCallContinuation<TRequest, TResponse> continuation)
        {
            trace.Add($"{name} blocking");
            return continuation(request, context);
        }

        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
        {
            trace.Add($"{name} async");
            return continuation(request, context);
        }

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation)
        {
            trace.Add($"{name} server");
            return continuation(request, context);
        }

        public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncClientStreamingCallContinuation<TRequest, TResponse> continuation)
        {
            trace.Add($"{name} client");
            return continuation(context);
        }

        public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncDuplexStreamingCallContinuation<TRequest, TResponse> continuation)
        {
            trace.Add($"{name} duplex");
            return continuation(context);
        }
    }
}
