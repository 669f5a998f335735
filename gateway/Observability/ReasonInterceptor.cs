using Grpc.Core;
using Rke.Gateway.Errors;
using Rke.Gateway.Services;

namespace Rke.Gateway.Observability;

/// <summary>Notes why calls fail. A call whose caller has gone ends as CANCELLED, whatever its handler throws then.</summary>
internal sealed class ReasonInterceptor : CallInterceptor
{
    protected override async Task RunAsync(ServerCallContext context, object? request, Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (Exception exception) when (exception is not RpcException && HasCallerGone(context))
        {
            // Without a status of its own, Grpc.AspNetCore counts and logs the exception as a fault of the server.
            throw new RpcException(new(StatusCode.Cancelled, "The caller has gone."));
        }
        catch (RpcException exception) when (CallFailure.ReasonOf(exception) is { Length: > 0 } reason)
        {
            CallReason.Note(context.GetHttpContext(), reason);
            throw;
        }
    }

    private static bool HasCallerGone(ServerCallContext context) =>
        context.GetHttpContext().RequestAborted.IsCancellationRequested;
}
