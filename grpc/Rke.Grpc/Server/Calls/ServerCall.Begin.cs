using Grpc.Core;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Rke.Grpc.Framing;

namespace Rke.Grpc.Server;

internal sealed partial class ServerCall
{
    private static readonly object Key = new();

    /// <summary>
    /// A call for this request. Kestrel uses a stream's <see cref="Microsoft.AspNetCore.Http.HttpContext"/> for one
    /// request after the other, and so is the call object used that belongs to it.
    /// </summary>
    public static ServerCall Begin(HttpContext context, CallHandler handler)
    {
        var state = context.Features.Get<IPersistentStateFeature>()?.State;
        if (state is null || !state.TryGetValue(Key, out var kept) || kept is not ServerCall { _isIdle: true } call)
        {
            call = new ServerCall();
            state?[Key] = call;
        }

        call.Start(context, handler);
        return call;
    }

    /// <summary>
    /// Lets the stream's next call use this object. Only where nothing of this call can still be going on: its handler
    /// returned, and no deadline was set.
    /// </summary>
    public void Release()
    {
        if (_deadline is not null)
        {
            return;
        }

        ClearUserState();
        _requestHeaders = null;
        _responseTrailers = null;
        _authContext = null;
        StatusCore = Status.DefaultSuccess;
        WriteOptionsCore = null;
        _isGzip = false;
        _isIdle = true;
    }

    private void Start(HttpContext context, CallHandler handler)
    {
        _context = context;
        _handler = handler;
        _isIdle = false;
        _hasEnded = false;
        var timeout = context.Request.Headers.GrpcTimeout;
        if (timeout.Count == 0)
        {
            return;
        }

        if (GrpcTimeout.TryParse(timeout, out var left))
        {
            _deadline = new CallDeadline(left, handler.TimeProvider, context.RequestAborted);
            _deadline.Start(EndAtDeadline);
        }
        else
        {
            Log.TimeoutIgnored(handler.Logger, handler.Method.FullName);
        }
    }
}
