using Grpc.Core;
using Microsoft.Extensions.Hosting;

namespace Rke.Grpc.Services;

/// <summary>Waits for a caller's next question; a conversation that stayed open would hold up a process that stops.</summary>
internal sealed class ReflectionTurns(ServerCallContext context, IHostApplicationLifetime lifetime) : IDisposable
{
    private readonly CancellationTokenSource _either =
        CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);

    /// <summary>False when the caller has no more questions.</summary>
    public async Task<bool> WaitAsync<TQuestion>(IAsyncStreamReader<TQuestion> questions)
    {
        try
        {
            return await questions.MoveNext(_either.Token);
        }
        catch (Exception exception) when (IsStopping(exception))
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "The server is shutting down; ask another one."));
        }
    }

    public void Dispose() => _either.Dispose();

    private bool IsStopping(Exception exception) =>
        exception is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled }
        && lifetime.ApplicationStopping.IsCancellationRequested
        && !context.CancellationToken.IsCancellationRequested;
}
