namespace Rke.Gateway.Signalling;

/// <summary>
/// Remembers how Signals were answered, and which are worked on. Bounded: of the answered ones the oldest is forgotten.
/// </summary>
internal sealed class SignalMemory(int capacity = SignalMemory.UsualCapacity)
{
    private const int UsualCapacity = 65_536;

    // A question that came again while it was worked on waits for the answer too; more than these need not.
    private const int MostWaiting = 4;

    private readonly Lock _gate = new();
    private readonly Dictionary<UInt128, Entry> _entries = [];
    private readonly Queue<UInt128> _answered = new();

    /// <summary>Signals that are remembered or worked on.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>
    /// Whether the Signal is known. If so, <paramref name="result"/> is how it is answered, or will be; null where so
    /// many wait for that already that this one need not.
    /// </summary>
    public bool TryFind(UInt128 name, out Task<SignalResult?>? result)
    {
        lock (_gate)
        {
            result = null;
            if (!_entries.TryGetValue(name, out var entry))
            {
                return false;
            }

            result = entry.Work.IsCompleted || entry.Waiting++ < MostWaiting ? entry.Work : null;
            return true;
        }
    }

    /// <summary>Starts work on a Signal that is not known. What ends without a result is forgotten.</summary>
    public Task<SignalResult?> Start(UInt128 name, Func<Task<SignalResult?>> work)
    {
        Task<SignalResult?> running;
        lock (_gate)
        {
            running = Task.Run(work);
            _entries[name] = new(running);
        }

        return FinishAsync(name, running);
    }

    private async Task<SignalResult?> FinishAsync(UInt128 name, Task<SignalResult?> running)
    {
        SignalResult? result = null;
        try
        {
            result = await running;
            return result;
        }
        finally
        {
            lock (_gate)
            {
                if (result is null)
                {
                    _entries.Remove(name);
                }
                else
                {
                    _answered.Enqueue(name);
                }

                while (_answered.Count > capacity)
                {
                    _entries.Remove(_answered.Dequeue());
                }
            }
        }
    }

    private sealed class Entry(Task<SignalResult?> work)
    {
        public Task<SignalResult?> Work => work;

        public int Waiting { get; set; }
    }
}
