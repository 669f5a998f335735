using Grpc.Core;
using Grpc.Net.Client;

namespace Rke.Grpc.Client;

/// <summary>Starts calls on a channel.</summary>
internal sealed class ChannelCallInvoker(GrpcChannel channel) : CallInvoker
{
    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        using var call = AsyncUnaryCall(method, host, options, request);
        return call.ResponseAsync.GetAwaiter().GetResult();
    }

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        var call = new ClientCall<TRequest, TResponse>(channel, method, host, options);
        return new AsyncUnaryCall<TResponse>(
            call.RunAsync(new SingleMessageContent<TRequest>(call, method.RequestMarshaller, request)),
            Headers,
            Status,
            Trailers,
            Dispose,
            call);
    }

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        var call = new ClientCall<TRequest, TResponse>(channel, method, host, options);
        var content = new SingleMessageContent<TRequest>(call, method.RequestMarshaller, request);
        var responses = new ClientResponseStream<TRequest, TResponse>(call, call.TrySendAsync(content));
        return new AsyncServerStreamingCall<TResponse>(
            responses, Headers, Status, Trailers, Dispose, call);
    }

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        var call = new ClientCall<TRequest, TResponse>(channel, method, host, options);
        var requests = new ClientRequestStream<TRequest>(call, method.RequestMarshaller);
        return new AsyncClientStreamingCall<TRequest, TResponse>(
            requests, call.RunAsync(requests.Content), Headers, Status, Trailers, Dispose, call);
    }

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        var call = new ClientCall<TRequest, TResponse>(channel, method, host, options);
        var requests = new ClientRequestStream<TRequest>(call, method.RequestMarshaller);
        var responses = new ClientResponseStream<TRequest, TResponse>(call, call.TrySendAsync(requests.Content));
        return new AsyncDuplexStreamingCall<TRequest, TResponse>(
            requests, responses, Headers, Status, Trailers, Dispose, call);
    }

    private static Task<Metadata> Headers(object call) => ((ClientCall)call).Headers;

    private static Status Status(object call) => ((ClientCall)call).GetStatus();

    private static Metadata Trailers(object call) => ((ClientCall)call).GetTrailers();

    private static void Dispose(object call) => ((ClientCall)call).Dispose();
}
