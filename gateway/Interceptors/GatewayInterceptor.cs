using Grpc.Core;
using Grpc.Core.Interceptors;
using Rke.Gateway.Calls;

namespace Rke.Gateway.Interceptors;

/// <summary>
/// The gRPC interceptor of the gateway. There is only one, because each interceptor costs a call two state machines. A call passes these
/// steps in this order:
/// <list type="number">
/// <item><see cref="MessageSecrets"/> clears the secrets in the messages of unary calls: in the request when the call ends, and in the
/// response when it is sent. It is the first step, so it also clears the requests of refused calls.</item>
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
        MessageSecrets.Pin(request);
        try
        {
            FailureReasons.MarkRead(context);
            await entry.EnterAsync(context, hasQuota: true);
            var response = await continuation(request, context);
            MessageSecrets.ClearWhenSent(response, context.GetHttpContext().Response);
            return response;
        }
        catch (Exception exception)
        {
            if (failures.Replace(exception, context, isStreamOfRequests: false) is { } failure)
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
        () => continuation(request, HealthWatches.Wrap(request, responseStream), context),
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
            if (failures.Replace(exception, context, isStreamOfRequests) is { } failure)
            {
                throw failure;
            }

            throw;
        }
    }

    private DrainedRequests<T> Drained<T>(IAsyncStreamReader<T> requests) => new(requests, lifetime.ApplicationStopping);
}
