namespace Rke.Gateway.Probes;

/// <summary>Callers that wait for the next round of a loop of probes. Callers of the same time share a round.</summary>
internal sealed class ProbeRequests
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _next;

    /// <summary>Completes when a round that begins after this call has ended.</summary>
    public Task WaitAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _next ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _next.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Runs a round, and completes the callers that were waiting when it began.</summary>
    /// <param name="round">Its argument is whether a caller waits.</param>
    public async Task RunAsync(Func<bool, Task> round)
    {
        TaskCompletionSource? waiting;
        lock (_gate)
        {
            (waiting, _next) = (_next, null);
        }

        try
        {
            await round(waiting is not null);
        }
        finally
        {
            waiting?.SetResult();
        }
    }
}
