using Google.Protobuf;
using Grpc.Core;
using Rke.Gateway.Errors;
using Rke.Gateway.Observability;

namespace Rke.Gateway.Interceptors;

/// <summary>
/// Records the reason of a failed call for metrics and traces. If the caller has disconnected, the call ends as
/// CANCELLED instead of UNKNOWN. It logs unexpected exceptions, and the calls end as INTERNAL.
/// </summary>
internal sealed class FailureReasons(ILogger<FailureReasons> logger)
{
    /// <summary>The message of the call, if it has only one, is read and valid.</summary>
    public static void MarkRead(ServerCallContext context) => context.GetHttpContext().Features.Set(ReadRequest.Mark);

    /// <summary>Records the status of a failed JSON call. Its response has only an HTTP status.</summary>
    public static void NoteCode(ServerCallContext context, Exception exception)
    {
        var http = context.GetHttpContext();
        if (CallStatus.IsJson(http))
        {
            http.Features.Set(CallEnd.Of((exception as RpcException)?.StatusCode ?? StatusCode.Unknown));
        }
    }

    /// <summary>Records the reason of an exception. Returns the exception that replaces it, or null if it stays.</summary>
    public Exception? Replace(Exception exception, ServerCallContext context, bool isStreamOfRequests)
    {
        var http = context.GetHttpContext();
        if (exception is RpcException failure && CallFailure.ReasonOf(failure) is { Length: > 0 } reason)
        {
            CallReason.Note(http, reason);
            return null;
        }

        if (isStreamOfRequests && exception is InvalidDataException or InvalidProtocolBufferException)
        {
            // A message of a stream. MessageErrors reports the message of other calls.
            CallReason.Note(http, MessageErrors.Unreadable.Reason);
            return MessageErrors.Unreadable.ToException();
        }

        if (IsDisconnection(exception, http, isStreamOfRequests))
        {
            return new RpcException(new Status(StatusCode.Cancelled, "The caller cancelled the call."));
        }

        if (exception is RpcException || context.CancellationToken.IsCancellationRequested)
        {
            return null;
        }

        Log.CallFailed(logger, context.Method, exception);
        CallReason.Note(http, Reason.GatewayFailed);
        return new CallFailure(
            StatusCode.Internal, Reason.GatewayFailed, "The gateway failed unexpectedly. Its log has the cause.").ToException();
    }

    // Kestrel can fail the read of a stream of requests before it cancels the token. Other requests are complete at this point.
    private static bool IsDisconnection(Exception exception, HttpContext http, bool isStreamOfRequests) =>
        (isStreamOfRequests && exception is IOException)
        || (exception is OperationCanceledException or InvalidOperationException or IOException
            && http.RequestAborted.IsCancellationRequested);
}

/// <summary>Marks a request whose message, if it has only one, is read and valid.</summary>
internal sealed class ReadRequest
{
    public static readonly ReadRequest Mark = new();
}
