using System.Security.Cryptography;

namespace Rke.Gateway.Sessions.Sealing;

/// <summary>
/// Session keys that nothing seals: they stay in this replica's memory until they are claimed or expire, and are
/// zeroed then.
/// </summary>
internal sealed class LocalKeys : IDisposable
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, byte[]> _keys = [];
    private readonly Queue<(string SessionId, TimeSpan Until)> _order = new();
    private readonly TimeProvider _timeProvider;
    private readonly long _origin;
    private readonly ITimer _timer;

    public LocalKeys(TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        _origin = timeProvider.GetTimestamp();
        _timer = timeProvider.CreateTimer(_ => Sweep(), null, SweepInterval, SweepInterval);
    }

    private TimeSpan Now => _timeProvider.GetElapsedTime(_origin);

    /// <summary>Keeps a copy.</summary>
    public void Add(string sessionId, ReadOnlySpan<byte> key, TimeSpan lifetime)
    {
        var copy = GC.AllocateUninitializedArray<byte>(key.Length, pinned: true);
        key.CopyTo(copy);
        lock (_gate)
        {
            if (_keys.TryAdd(sessionId, copy))
            {
                _order.Enqueue((sessionId, Now + lifetime));
            }
        }
    }

    public bool Has(string sessionId)
    {
        lock (_gate)
        {
            return _keys.ContainsKey(sessionId);
        }
    }

    /// <summary>The key, once, to be cleared when done; null when it is not here.</summary>
    public byte[]? Take(string sessionId)
    {
        lock (_gate)
        {
            return _keys.Remove(sessionId, out var key) ? key : null;
        }
    }

    public void Drop(string sessionId) => CryptographicOperations.ZeroMemory(Take(sessionId));

    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate)
        {
            foreach (var key in _keys.Values)
            {
                CryptographicOperations.ZeroMemory(key);
            }

            _keys.Clear();
        }
    }

    private void Sweep()
    {
        while (true)
        {
            (string SessionId, TimeSpan Until) oldest;
            lock (_gate)
            {
                if (!_order.TryPeek(out oldest) || oldest.Until > Now)
                {
                    return;
                }

                _order.Dequeue();
            }

            Drop(oldest.SessionId);
        }
    }
}
