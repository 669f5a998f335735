using Grpc.Core;
using Rke.Gateway.Errors;
using Rke.Gateway.Services;

namespace Rke.Gateway.Observability;

/// <summary>Notes why calls fail, and ends calls whose caller has left as CANCELLED instead of UNKNOWN.</summary>
internal sealed class ReasonInterceptor : CallInterceptor
{
    protected override async Task RunAsync(ServerCallContext context, object? request, Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (RpcException exception) when (CallFailure.ReasonOf(exception) is { Length: > 0 } reason)
        {
            CallReason.Note(context.GetHttpContext(), reason);
            throw;
        }
        catch (Exception exception) when (exception is OperationCanceledException or InvalidOperationException or IOException
            && context.GetHttpContext().RequestAborted.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Cancelled, "The caller cancelled the call."));
        }
    }
}
