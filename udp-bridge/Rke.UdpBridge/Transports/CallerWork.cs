namespace Rke.UdpBridge.Transports;

/// <summary>
/// What callers do with the responses that a port has received. It may take long, so the port executes it when it can receive again.
/// </summary>
/// <remarks>
/// Idle threads of the pool execute all work items but the last one. The last one is not queued, because that would wake another
/// thread for a single response.
/// </remarks>
internal struct CallerWork
{
    private IThreadPoolWorkItem? _last;

    /// <summary>Adds work. Only a thread of the pool may call this.</summary>
    public void Add(IThreadPoolWorkItem callers)
    {
        if (_last is not null)
        {
            ThreadPool.UnsafeQueueUserWorkItem(_last, preferLocal: true);
        }

        _last = callers;
    }

    /// <summary>Executes the last work item.</summary>
    public readonly void Execute() => _last?.Execute();
}
