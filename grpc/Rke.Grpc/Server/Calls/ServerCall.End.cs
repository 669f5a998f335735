using System.Diagnostics;
using System.Globalization;
using Grpc.Core;

namespace Rke.Grpc.Server;

internal sealed partial class ServerCall
{
    /// <summary>Ends a call whose handler returned.</summary>
    public Task EndAsync()
    {
        if (TryEnd())
        {
            Respond(StatusCore);
        }

        return _completion;
    }

    /// <summary>Ends a call whose handler, or what came before it, threw.</summary>
    public Task EndAsync(Exception exception)
    {
        if (TryEnd())
        {
            Respond(ToStatus(exception));
        }

        return _completion;
    }

    private bool TryEnd()
    {
        if (_deadline is null)
        {
            return !_hasEnded && (_hasEnded = true);
        }

        lock (_deadline.Gate)
        {
            if (_hasEnded)
            {
                return false;
            }

            _hasEnded = true;
        }

        Dispose();
        return true;
    }

    private void Respond(Status status)
    {
        try
        {
            CallResponse.End(HttpContext.Response, status, _responseTrailers);
        }
        catch (InvalidOperationException exception)
        {
            // The handler's metadata has characters that no header may have.
            Log.TrailersRefused(_handler.Logger, _handler.Method.FullName, exception);
            status = new Status(StatusCode.Internal, "The trailers of the call cannot be sent.");
            CallResponse.End(HttpContext.Response, status, trailers: null);
        }

        if (Activity.Current is { } activity)
        {
            activity.SetTag("rpc.system", "grpc");
            activity.SetTag("grpc.method", _handler.Method.FullName);
            activity.SetTag("grpc.status_code", ((int)status.StatusCode).ToString(CultureInfo.InvariantCulture));
        }
    }

    // The handler may go on for a while; the caller gets its answer now.
    private void EndAtDeadline()
    {
        lock (_deadline!.Gate)
        {
            if (_hasEnded)
            {
                return;
            }

            _hasEnded = true;
            _isDeadlinePassed = true;
            Respond(new Status(StatusCode.DeadlineExceeded, "The deadline passed."));
            _completion = HttpContext.Response.CompleteAsync();
        }

        Log.DeadlinePassed(_handler.Logger, _handler.Method.FullName);
        _ = _deadline.CancelAsync();
    }

    private Status ToStatus(Exception exception)
    {
        var method = _handler.Method.FullName;
        switch (exception)
        {
            case RpcException rpc:
                Log.HandlerFailed(_handler.Logger, method, rpc.StatusCode);
                foreach (var entry in rpc.Trailers)
                {
                    ResponseTrailersCore.Add(entry);
                }

                return rpc.Status;
            case CallerGoneException:
            case OperationCanceledException or IOException when HttpContext.RequestAborted.IsCancellationRequested:
                Log.CallerGone(_handler.Logger, method);
                return new Status(StatusCode.Cancelled, "The caller is gone.");
            default:
                Log.HandlerThrew(_handler.Logger, method, exception);
                return new Status(
                    StatusCode.Unknown,
                    Settings.EnableDetailedErrors
                        ? $"Exception was thrown by handler. {Describe(exception)}"
                        : "Exception was thrown by handler.");
        }
    }

    private static string Describe(Exception exception)
    {
        var text = $"{exception.GetType().Name}: {exception.Message}";
        return exception.InnerException is { } inner ? $"{text} {Describe(inner)}" : text;
    }
}
