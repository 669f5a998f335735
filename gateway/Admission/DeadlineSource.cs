using Rke.UdpBridge;

namespace Rke.Gateway.Admission;

/// <summary>
/// A cancellation token for the deadline and the cancellation of a call, for APIs that take only a token.
/// </summary>
internal sealed class DeadlineSource : IDisposable
{
    private readonly CancellationTokenSource _deadline;
    private readonly CancellationTokenSource _either;
    private readonly CallScope _scope;

    public DeadlineSource(CallScope scope, TimeProvider timeProvider)
    {
        _scope = scope;
        var left = scope.Deadline - MonotonicTime.Now(timeProvider);
        _deadline = new(left > TimeSpan.Zero ? left : TimeSpan.Zero, timeProvider);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_deadline.Token, scope.Cancellation);
    }

    public CancellationToken Token => _either.Token;

    /// <summary>Whether the deadline has passed and the caller still waits.</summary>
    public bool IsOver => _deadline.IsCancellationRequested && !_scope.Cancellation.IsCancellationRequested;

    public void Dispose()
    {
        _either.Dispose();
        _deadline.Dispose();
    }
}
