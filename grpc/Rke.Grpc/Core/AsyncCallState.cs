using System.Runtime.InteropServices;

namespace Grpc.Core;

/// <summary>What the four kinds of call objects share: headers, status, trailers, disposal.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct AsyncCallState
{
    // Either the state that the delegates of one static set are called with, or null and a set without state.
    private readonly object? _state;
    private readonly object _responseHeaders;
    private readonly Delegate _getStatus;
    private readonly Delegate _getTrailers;
    private readonly Delegate _dispose;

    public AsyncCallState(
        Func<object, Task<Metadata>> responseHeadersAsync,
        Func<object, Status> getStatus,
        Func<object, Metadata> getTrailers,
        Action<object> dispose,
        object state)
    {
        _state = state;
        _responseHeaders = responseHeadersAsync;
        _getStatus = getStatus;
        _getTrailers = getTrailers;
        _dispose = dispose;
    }

    public AsyncCallState(
        Task<Metadata> responseHeaders, Func<Status> getStatus, Func<Metadata> getTrailers, Action dispose)
    {
        _responseHeaders = responseHeaders;
        _getStatus = getStatus;
        _getTrailers = getTrailers;
        _dispose = dispose;
    }

    public Task<Metadata> ResponseHeadersAsync => _state is null
        ? (Task<Metadata>)_responseHeaders
        : ((Func<object, Task<Metadata>>)_responseHeaders)(_state);

    public Status GetStatus() => _state is null
        ? ((Func<Status>)_getStatus)()
        : ((Func<object, Status>)_getStatus)(_state);

    public Metadata GetTrailers() => _state is null
        ? ((Func<Metadata>)_getTrailers)()
        : ((Func<object, Metadata>)_getTrailers)(_state);

    public void Dispose()
    {
        if (_state is null)
        {
            ((Action)_dispose)();
        }
        else
        {
            ((Action<object>)_dispose)(_state);
        }
    }
}
