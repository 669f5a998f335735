using Rke.Grpc.Framing;

namespace Rke.Grpc.Server;

/// <summary>The timer of one call, and the token that it, or a caller that goes away, cancels.</summary>
internal sealed class CallDeadline : IDisposable
{
    private readonly CancellationTokenSource _cancellation;
    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _timeout;
    private ITimer? _timer;

    public CallDeadline(TimeSpan timeout, TimeProvider timeProvider, CancellationToken requestAborted)
    {
        var now = timeProvider.GetUtcNow().UtcDateTime;
        At = timeout < DateTime.MaxValue - now ? now + timeout : DateTime.MaxValue;
        _timeout = timeout;
        _timeProvider = timeProvider;
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(requestAborted);
        Token = _cancellation.Token;
    }

    public DateTime At { get; }

    /// <summary>Stays valid when the timer is gone.</summary>
    public CancellationToken Token { get; }

    /// <summary>Held by whoever ends the call or writes into it.</summary>
    public Lock Gate { get; } = new();

    public void Start(Action whenPassed)
    {
        lock (Gate)
        {
            if (_timeout <= GrpcTimeout.LongestTimer)
            {
                _timer = _timeProvider.CreateTimer(
                    static state => ((Action)state!)(), whenPassed, _timeout, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>Runs what waits for the token elsewhere; a timer's thread must not see its exceptions.</summary>
    public Task CancelAsync() => _cancellation.CancelAsync();

    public void Dispose()
    {
        _timer?.Dispose();
        _cancellation.Dispose();
    }
}
