using Grpc.Core;
using Grpc.Core.Interceptors;
using Rke.Gateway.Errors;

namespace Rke.Gateway.Services;

/// <summary>
/// Ends streams of requests when the gateway stops. Reflection waits for the next request without a limit, and would hold
/// the shutdown up until <c>Rke:Grpc:DrainTimeout</c>.
/// </summary>
internal sealed class StreamDrainInterceptor(IHostApplicationLifetime lifetime) : Interceptor
{
    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation) =>
        continuation(new Reader<TRequest>(requestStream, lifetime.ApplicationStopping), responseStream, context);

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation) =>
        continuation(new Reader<TRequest>(requestStream, lifetime.ApplicationStopping), context);

    private sealed class Reader<T>(IAsyncStreamReader<T> inner, CancellationToken stopping) : IAsyncStreamReader<T>
    {
        public T Current => inner.Current;

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping);
            try
            {
                return await inner.MoveNext(either.Token);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                throw new CallFailure(
                    StatusCode.Unavailable, Reason.Stopping, "The gateway is shutting down. Call again.").ToException();
            }
        }
    }
}
