namespace Rke.Grpc.Server;

/// <summary>The timer of one call, and the token that it, or a caller that goes away, cancels.</summary>
internal sealed class CallDeadline : IDisposable
{
    // Longer than any call and the longest that a timer takes.
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly CancellationTokenSource _cancellation;
    private readonly ITimer? _timer;

    public CallDeadline(
        TimeSpan timeout, TimeProvider timeProvider, Action whenPassed, CancellationToken requestAborted)
    {
        var now = timeProvider.GetUtcNow().UtcDateTime;
        At = timeout < DateTime.MaxValue - now ? now + timeout : DateTime.MaxValue;
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(requestAborted);
        Token = _cancellation.Token;
        if (timeout <= Longest)
        {
            _timer = timeProvider.CreateTimer(
                static state => ((Action)state!)(), whenPassed, timeout, Timeout.InfiniteTimeSpan);
        }
    }

    public DateTime At { get; }

    /// <summary>Stays valid when the timer is gone.</summary>
    public CancellationToken Token { get; }

    /// <summary>Runs what waits for the token elsewhere; a timer's thread must not see its exceptions.</summary>
    public Task CancelAsync() => _cancellation.CancelAsync();

    public void Dispose()
    {
        _timer?.Dispose();
        _cancellation.Dispose();
    }
}
