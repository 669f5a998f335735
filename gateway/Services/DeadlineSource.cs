namespace Rke.Gateway.Services;

/// <summary>A token that ends with a call's deadline, or when its caller goes: for work that takes only a token.</summary>
internal sealed class DeadlineSource : IDisposable
{
    private readonly CancellationTokenSource _deadline;
    private readonly CancellationTokenSource _either;
    private readonly CallScope _scope;

    public DeadlineSource(CallScope scope, TimeProvider timeProvider)
    {
        _scope = scope;
        var left = scope.Deadline - timeProvider.GetUtcNow();
        _deadline = new(left > TimeSpan.Zero ? left : TimeSpan.Zero, timeProvider);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_deadline.Token, scope.Cancellation);
    }

    public CancellationToken Token => _either.Token;

    /// <summary>The deadline has passed, and the caller is still there.</summary>
    public bool IsOver => _deadline.IsCancellationRequested && !_scope.Cancellation.IsCancellationRequested;

    public void Dispose()
    {
        _either.Dispose();
        _deadline.Dispose();
    }
}
