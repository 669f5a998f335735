using Grpc.Core;
using Grpc.Core.Interceptors;
using Rke.Gateway.Calls;

namespace Rke.Gateway.Interceptors;

/// <summary>
/// The gRPC interceptor of the gateway. There is only one, because each interceptor costs a call two state machines. A call passes these
/// steps in this order:
/// <list type="number">
/// <item><see cref="MessageSecrets"/> clears the secrets in the messages of unary calls: in the request when the call ends, and in the
/// response when it is sent. It is the first step, so it also clears the requests of refused calls. <see cref="JsonSecrets"/> keeps the
/// secrets of JSON calls away from the transcoder.</item>
/// <item><see cref="FailureReasons"/> records the reason of a failed call.</item>
/// <item><see cref="DrainedRequests{T}"/> ends streams of requests when the gateway stops, and <see cref="HealthWatches"/> ends health
/// watches.</item>
/// <item><see cref="CallEntry"/> identifies the caller, and applies the policy and the quota.</item>
/// </list>
/// </summary>
internal sealed class GatewayInterceptor(FailureReasons failures, HealthWatches watches, CallEntry entry, IHostApplicationLifetime lifetime)
    : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        var secrets = JsonSecrets.Of(context.GetHttpContext());
        secrets?.Restore(request);
        MessageSecrets.Pin(request);
        try
        {
            FailureReasons.MarkRead(context);
            await entry.EnterAsync(context, hasQuota: true);
            var response = await continuation(request, context);
            MessageSecrets.ClearWhenSent(response, context.GetHttpContext().Response);
            return secrets is null ? response : secrets.Hide(response);
        }
        catch (Exception exception)
        {
            var failure = failures.Replace(exception, context, isStreamOfRequests: false);
            FailureReasons.NoteCode(context, failure ?? exception);
            if (failure is not null)
            {
                throw failure;
            }

            throw;
        }
        finally
        {
            MessageSecrets.Clear(request);
        }
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        TResponse? response = null;
        await RunStreamAsync(
            context,
            isStreamOfRequests: true,
            hasQuota: false,
            async () => response = await continuation(Drained(requestStream), context));
        return response!;
    }

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation) => RunStreamAsync(
        context,
        isStreamOfRequests: false,
        hasQuota: true,
        () => continuation(request, HealthWatches.Wrap(request, Hide(responseStream, context)), context),
        () => watches.ThrowIfStopping(request));

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation) => RunStreamAsync(
        context,
        isStreamOfRequests: true,
        hasQuota: false,
        () => continuation(Drained(requestStream), responseStream, context));

    private static IServerStreamWriter<TResponse> Hide<TResponse>(IServerStreamWriter<TResponse> responses, ServerCallContext context)
        where TResponse : class =>
        context.GetHttpContext() is var http && JsonSecrets.Of(http) is { } secrets
            ? new HidingWriter<TResponse>(responses, secrets, http.Response)
            : responses;

    // A stream is long, so the closures do not matter.
    private async Task RunStreamAsync(
        ServerCallContext context, bool isStreamOfRequests, bool hasQuota, Func<Task> call, Action? onEnd = null)
    {
        try
        {
            FailureReasons.MarkRead(context);
            await entry.EnterAsync(context, hasQuota);
            await call();
            onEnd?.Invoke();
        }
        catch (Exception exception)
        {
            var failure = failures.Replace(exception, context, isStreamOfRequests);
            FailureReasons.NoteCode(context, failure ?? exception);
            if (failure is not null)
            {
                throw failure;
            }

            throw;
        }
    }

    /// <summary>Writes the messages of a JSON stream without their secrets.</summary>
    private sealed class HidingWriter<T>(IServerStreamWriter<T> inner, JsonSecrets secrets, HttpResponse response) : IServerStreamWriter<T>
        where T : class
    {
        public WriteOptions? WriteOptions
        {
            get => inner.WriteOptions;
            set => inner.WriteOptions = value;
        }

        public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

        // The transcoder leaves the text in the body, and the caller waits for it.
        public async Task WriteAsync(T message, CancellationToken cancellationToken)
        {
            await inner.WriteAsync(secrets.Hide(message), cancellationToken);
            await response.BodyWriter.FlushAsync(cancellationToken);
            await response.Body.FlushAsync(cancellationToken);
        }
    }

    private DrainedRequests<T> Drained<T>(IAsyncStreamReader<T> requests) => new(requests, lifetime.ApplicationStopping);
}
