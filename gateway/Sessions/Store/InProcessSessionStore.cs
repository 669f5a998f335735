using Rke.UdpBridge;
using Rke.V1;
using SessionState = Rke.V1.Session.Types.State;

namespace Rke.Gateway.Sessions.Store;

/// <summary>The sessions of one gateway alone, gone with the process.</summary>
internal sealed class InProcessSessionStore : ISessionStore
{
    private const int MostConsumers = 4096;
    private const int LifeLength = 8;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, SessionEntry> _entries = [];
    private readonly SortedDictionary<ulong, SessionEntry> _waiting = [];

    // By number - _first; null where a session is forgotten.
    private readonly List<SessionEntry?> _log = [];
    private readonly Queue<SessionEntry> _ended = new();
    private readonly Dictionary<string, ulong> _delivered = [];
    private readonly TimeProvider _timeProvider;
    private readonly int _capacity;
    private readonly string _life;
    private readonly long _origin;
    private TaskCompletionSource _arrival = NewArrival();
    private ulong _first = 1;
    private ulong _missedUpTo;
    private int _forgotten;

    /// <param name="timeProvider">Monotonic time.</param>
    /// <param name="entropy">Names this life of the store.</param>
    /// <param name="capacity">So many sessions may wait; as many more are remembered that have ended.</param>
    public InProcessSessionStore(TimeProvider timeProvider, IEntropySource entropy, int capacity)
    {
        Span<byte> life = stackalloc byte[LifeLength];
        entropy.Fill(life);
        (_timeProvider, _capacity, _life) = (timeProvider, capacity, Convert.ToHexStringLower(life));
        _origin = timeProvider.GetTimestamp();
    }

    public bool IsShared => false;

    public long Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    private TimeSpan Now => _timeProvider.GetElapsedTime(_origin);

    public ValueTask<bool> HasRoomAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Sweep();
            return new(_waiting.Count < _capacity);
        }
    }

    public ValueTask<SessionAddition> AddAsync(
        Session session, ReadOnlyMemory<byte> sealedKey, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        TaskCompletionSource arrival;
        lock (_gate)
        {
            Sweep();
            if (_entries.ContainsKey(session.SessionId))
            {
                return new(SessionAddition.Known);
            }

            if (_waiting.Count >= _capacity)
            {
                return new(SessionAddition.Full);
            }

            var entry = new SessionEntry(
                _first + (ulong)_log.Count, session.Clone(), sealedKey.ToArray(), Now + lifetime, Now + (2 * lifetime));
            _log.Add(entry);
            _entries.Add(entry.Id, entry);
            _waiting.Add(entry.Number, entry);
            arrival = _arrival;
            _arrival = NewArrival();
        }

        arrival.SetResult();
        return new(SessionAddition.Added);
    }

    public ValueTask<StoredSession?> FindAsync(string sessionId, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Sweep();
            return new(_entries.GetValueOrDefault(sessionId)?.ToStored());
        }
    }

    public ValueTask<bool> TryClaimAsync(string sessionId, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Sweep();
            if (_entries.GetValueOrDefault(sessionId) is not { IsWaiting: true } entry)
            {
                return new(false);
            }

            End(entry, SessionState.Claimed);
            return new(true);
        }
    }

    public ValueTask<StoredSession?> CloseAsync(string sessionId, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Sweep();
            if (_entries.GetValueOrDefault(sessionId) is not { } entry)
            {
                return new((StoredSession?)null);
            }

            if (entry.IsWaiting)
            {
                End(entry, SessionState.Closed);
            }
            else
            {
                entry.End(SessionState.Closed);
            }

            return new(entry.ToStored());
        }
    }

    public ValueTask<SessionPage> ReadAsync(SessionCursor after, int most, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Sweep();
            var isOurs = after.Life == _life && after.Number < _first + (ulong)_log.Count;
            var start = new SessionCursor(_life, isOurs ? after.Number : 0);
            var from = start.Number + 1 > _first ? (int)(start.Number + 1 - _first) : 0;
            var sessions = _log.Skip(from).OfType<SessionEntry>().Take(most)
                .Select(entry => entry.ToStored())
                .ToArray();
            var end = sessions.Length > 0 ? start with { Number = sessions[^1].Number } : start;
            var hasGap = after != SessionCursor.Start && (!isOurs || after.Number < _missedUpTo);
            return new(new SessionPage(sessions, start, end, hasGap));
        }
    }

    public ValueTask<ulong> NoteDeliveryAsync(string consumer, ulong number, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var isKnown = _delivered.TryGetValue(consumer, out var highest);
            if (!isKnown && _delivered.Count >= MostConsumers)
            {
                // Of a consumer that is not remembered, everything may have been delivered before.
                return new(ulong.MaxValue);
            }

            _delivered[consumer] = Math.Max(highest, number);
            return new(highest);
        }
    }

    public ValueTask WaitAsync(SessionCursor after, CancellationToken cancellationToken)
    {
        Task arrival;
        lock (_gate)
        {
            arrival = after.Number + 1 < _first + (ulong)_log.Count ? Task.CompletedTask : _arrival.Task;
        }

        return new(arrival.WaitAsync(cancellationToken));
    }

    private static TaskCompletionSource NewArrival() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void End(SessionEntry entry, SessionState state)
    {
        entry.End(state);
        _waiting.Remove(entry.Number);
        _ended.Enqueue(entry);
    }

    // Sessions live equally long: the first to arrive is the first to expire and the first to be forgotten.
    private void Sweep()
    {
        var now = Now;
        while (_waiting.Count > 0 && _waiting.First().Value is var oldest && oldest.ExpiresAt <= now)
        {
            End(oldest, SessionState.Expired);
        }

        while (_ended.TryPeek(out var ended) && (ended.KeptUntil <= now || _ended.Count > _capacity))
        {
            Forget(_ended.Dequeue());
        }

        while (_forgotten < _log.Count && _log[_forgotten] is null)
        {
            _forgotten++;
        }

        if (_forgotten > _log.Count / 2)
        {
            _log.RemoveRange(0, _forgotten);
            _first += (ulong)_forgotten;
            _forgotten = 0;
        }
    }

    private void Forget(SessionEntry entry)
    {
        _entries.Remove(entry.Id);
        _log[(int)(entry.Number - _first)] = null;
        if (entry.IsMissed)
        {
            _missedUpTo = Math.Max(_missedUpTo, entry.Number);
        }
    }
}
