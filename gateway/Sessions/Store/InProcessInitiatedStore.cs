namespace Rke.Gateway.Sessions.Store;

/// <summary>The initiated sessions of one gateway, in its process. If it is full, a new session replaces the oldest one.</summary>
internal sealed class InProcessInitiatedStore(TimeProvider timeProvider, int capacity) : IInitiatedStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = [];
    private readonly Queue<Entry> _order = new();
    private readonly long _origin = timeProvider.GetTimestamp();

    public bool IsShared => false;

    private TimeSpan Now => timeProvider.GetElapsedTime(_origin);

    public ValueTask AddAsync(InitiatedSession session, TimeSpan lifetime, TimeSpan lease)
    {
        lock (_gate)
        {
            var entry = new Entry(SessionIds.TextOf(session.Session), session, Now + lifetime, Now + lease);
            if (_entries.TryAdd(entry.Id, entry))
            {
                _order.Enqueue(entry);
            }

            Sweep();
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<InitiatedSession?> FindAsync(string sessionId)
    {
        lock (_gate)
        {
            Sweep();
            return new(_entries.GetValueOrDefault(sessionId) is not { } entry ? null : entry.Session with
            {
                Session = entry.Session.Session.Clone(),
                SealedKey = entry.LeaseEndsAt > Now ? entry.Session.SealedKey : default,
            });
        }
    }

    public ValueTask AcknowledgeAsync(string sessionId, string ticket)
    {
        lock (_gate)
        {
            if (_entries.GetValueOrDefault(sessionId) is { } entry && entry.Session.Ticket == ticket)
            {
                _entries[sessionId] = entry with { Session = entry.Session with { SealedKey = default } };
            }
        }

        return ValueTask.CompletedTask;
    }

    // All sessions have the same lifetime, so the oldest one expires first.
    private void Sweep()
    {
        while (_order.TryPeek(out var oldest) && (oldest.ForgottenAt <= Now || _order.Count > capacity))
        {
            _entries.Remove(_order.Dequeue().Id);
        }
    }

    private sealed record Entry(string Id, InitiatedSession Session, TimeSpan ForgottenAt, TimeSpan LeaseEndsAt);
}
