using Grpc.Core;
using Rke.Gateway.Errors;

namespace Rke.Gateway.Interceptors;

/// <summary>
/// A stream of requests that ends when the gateway stops. Reflection waits for the next request without a limit, and would
/// delay the shutdown until <c>Rke:Grpc:DrainTimeout</c>.
/// </summary>
internal sealed class DrainedRequests<T>(IAsyncStreamReader<T> inner, CancellationToken stopping) : IAsyncStreamReader<T>
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
