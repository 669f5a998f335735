using System.Security.Cryptography;

namespace Rke.Gateway.Sessions;

/// <summary>
/// The session keys of a gateway without a sealing key. They are not encrypted. They stay in the memory of this replica until
/// they are claimed or acknowledged, or until they expire, and are then cleared.
/// </summary>
internal sealed class InMemoryKeys : IDisposable
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (byte[] Key, TimeSpan Until)> _keys = [];
    private readonly PriorityQueue<string, TimeSpan> _order = new();
    private readonly TimeProvider _timeProvider;
    private readonly long _origin;
    private readonly ITimer _timer;

    public InMemoryKeys(TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        _origin = timeProvider.GetTimestamp();
        _timer = timeProvider.CreateTimer(_ => Sweep(), null, SweepInterval, SweepInterval);
    }

    private TimeSpan Now => _timeProvider.GetElapsedTime(_origin);

    /// <summary>Stores a copy of the key, unless there is one with this name.</summary>
    /// <param name="name">The id of an arrived session, or the name of an initiated one.</param>
    /// <returns>Whether it stored the key.</returns>
    public bool Add(string name, ReadOnlySpan<byte> key, TimeSpan lifetime)
    {
        lock (_gate)
        {
            if (_keys.ContainsKey(name))
            {
                return false;
            }

            _keys.Add(name, (CopyOf(key), Now + lifetime));
            _order.Enqueue(name, Now + lifetime);
            return true;
        }
    }

    public bool Has(string name)
    {
        lock (_gate)
        {
            return _keys.ContainsKey(name);
        }
    }

    /// <summary>A copy of a key, which the caller clears. Null if there is none.</summary>
    public byte[]? Read(string name)
    {
        lock (_gate)
        {
            return _keys.TryGetValue(name, out var found) ? CopyOf(found.Key) : null;
        }
    }

    /// <summary>Changes the lifetime of a key.</summary>
    public void Keep(string name, TimeSpan lifetime)
    {
        lock (_gate)
        {
            if (_keys.TryGetValue(name, out var found))
            {
                _keys[name] = found with { Until = Now + lifetime };
                _order.Enqueue(name, Now + lifetime);
            }
        }
    }

    public void Delete(string name)
    {
        lock (_gate)
        {
            if (_keys.Remove(name, out var found))
            {
                CryptographicOperations.ZeroMemory(found.Key);
            }
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate)
        {
            foreach (var (key, _) in _keys.Values)
            {
                CryptographicOperations.ZeroMemory(key);
            }

            _keys.Clear();
        }
    }

    private static byte[] CopyOf(ReadOnlySpan<byte> key)
    {
        var copy = GC.AllocateUninitializedArray<byte>(key.Length, pinned: true);
        key.CopyTo(copy);
        return copy;
    }

    private void Sweep()
    {
        lock (_gate)
        {
            var now = Now;
            while (_order.TryPeek(out var name, out var until) && until <= now)
            {
                _order.Dequeue();
                if (_keys.TryGetValue(name, out var found) && found.Until <= now)
                {
                    CryptographicOperations.ZeroMemory(found.Key);
                    _keys.Remove(name);
                }
            }
        }
    }
}
