namespace Rke.Grpc.Interop.Tests;

public sealed class TestimonyOfCall : IDisposable
{
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<bool> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationToken _cancellationToken;

    /// <summary>The service method runs.</summary>
    public Task Begun => _begun.Task;

    /// <summary>The service method is over; true if its call was cancelled.</summary>
    public Task<bool> Cancelled => _ended.Task;

    public void Begin(CancellationToken cancellationToken)
    {
        _cancellationToken = cancellationToken;
        _begun.TrySetResult();
    }

    public void Dispose() => _ended.TrySetResult(_cancellationToken.IsCancellationRequested);
}
