namespace Rke.Raida.Keys;

/// <summary>How many key parts may wait in one process, all its servers together.</summary>
public sealed class KeyCapacity(int limit)
{
    private int _used;

    /// <summary>Key parts that wait.</summary>
    public int Used => Volatile.Read(ref _used);

    internal bool TryTake()
    {
        if (Interlocked.Increment(ref _used) <= limit)
        {
            return true;
        }

        Interlocked.Decrement(ref _used);
        return false;
    }

    internal void Return() => Interlocked.Decrement(ref _used);
}
