using Rke.UdpBridge;
using Rke.V1;
using SessionState = Rke.V1.Session.Types.State;

namespace Rke.Gateway.Sessions.Store;

/// <summary>Stores the sessions of one gateway in its process. They are lost when the process ends.</summary>
internal sealed class InProcessSessionStore : ISessionStore
{
    private const int MaxConsumers = 4096;

    // The record of a consumer lives longer than the sessions that it is about.
    private const int RecordLifetimes = 3;
    private const int EpochLength = 8;
    private const int SecretLength = 20;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, SessionEntry> _entries = [];
    private readonly SortedDictionary<ulong, SessionEntry> _waiting = [];

    // The index is number - _first. Null where a session was removed.
    private readonly List<SessionEntry?> _log = [];
    private readonly Queue<SessionEntry> _ended = new();
    private readonly Queue<SessionEntry> _leased = new();
    private readonly Dictionary<string, (ulong Highest, TimeSpan Until)> _delivered = [];
    private readonly TimeProvider _timeProvider;
    private readonly int _capacity;
    private readonly StoreEpoch _epoch;
    private readonly long _origin;

    // The highest number of the removed expired sessions of each peer that had a session.
    private readonly Dictionary<string, ulong> _missed = [];
    private TaskCompletionSource _arrival = NewArrival();
    private TimeSpan _lifetime;
    private ulong _first = 1;
    private int _removed;

    /// <param name="timeProvider">Monotonic time.</param>
    /// <param name="entropy">Source of the epoch and its secret.</param>
    /// <param name="capacity">The maximum number of waiting sessions, and the maximum number of ended sessions.</param>
    public InProcessSessionStore(TimeProvider timeProvider, IEntropySource entropy, int capacity)
    {
        Span<byte> epoch = stackalloc byte[EpochLength + SecretLength];
        entropy.Fill(epoch);
        (_timeProvider, _capacity) = (timeProvider, capacity);
        _epoch = new(Convert.ToHexStringLower(epoch[..EpochLength]), Convert.ToHexStringLower(epoch[EpochLength..]));
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
            if (_entries.ContainsKey(SessionIds.TextOf(session)))
            {
                return new(SessionAddition.Known);
            }

            if (_waiting.Count >= _capacity)
            {
                return new(SessionAddition.Full);
            }

            _lifetime = lifetime;
            var entry = new SessionEntry(
                _first + (ulong)_log.Count, session.Clone(), sealedKey.ToArray(), Now + lifetime, Now + (2 * lifetime));
            _log.Add(entry);
            _entries.Add(entry.Id, entry);
            _waiting.Add(entry.Number, entry);
            _missed.TryAdd(entry.Peer, 0);
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

    public ValueTask<SessionClaim?> ClaimAsync(string sessionId, SessionTicket ticket, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Sweep();
            if (_entries.GetValueOrDefault(sessionId) is not { } entry)
            {
                return new((SessionClaim?)null);
            }

            if (entry.IsWaiting)
            {
                DateTimeOffset? leaseEnds = ticket.Lease > TimeSpan.Zero ? TimeOfDay.Now(_timeProvider) + ticket.Lease : null;
                entry.Claim(ticket.Text, Now + ticket.Lease, leaseEnds);
                _waiting.Remove(entry.Number);
                _ended.Enqueue(entry);
                if (leaseEnds is not null)
                {
                    _leased.Enqueue(entry);
                }
            }

            return new(entry.ClaimOf(ticket.Text, Now));
        }
    }

    public ValueTask<StoredSession?> AcknowledgeAsync(string sessionId, string ticket, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Sweep();
            if (_entries.GetValueOrDefault(sessionId) is not { } entry || entry.Ticket != ticket)
            {
                return new((StoredSession?)null);
            }

            entry.EndLease();
            return new(entry.ToStored());
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

    public ValueTask<SessionPage> ReadAsync(SessionCursor after, int maxCount, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Sweep();
            var isCurrent = after.Epoch == _epoch.Name && after.Number < _first + (ulong)_log.Count;
            var start = new SessionCursor(_epoch.Name, isCurrent ? after.Number : 0);
            var from = start.Number + 1 > _first ? (int)(start.Number + 1 - _first) : 0;
            var sessions = _log.Skip(from).OfType<SessionEntry>().Take(maxCount)
                .Select(entry => entry.ToStored())
                .ToArray();
            var last = sessions.Length == maxCount ? sessions[^1].Number : _first + (ulong)_log.Count - 1;
            var end = start with { Number = last };
            return new(new SessionPage(sessions, start, end, _epoch)
            {
                IsReset = after != SessionCursor.Start && !isCurrent,
                MissedPeers = after == SessionCursor.Start
                    ? []
                    : [.. _missed.Where(peer => peer.Value > start.Number).Select(peer => peer.Key)],
            });
        }
    }

    public ValueTask<SessionList> ListAsync(
        IReadOnlyCollection<string> peers, ulong before, int maxCount, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Sweep();
            var wanted = peers.ToHashSet();
            var from = before == 0 ? _log.Count - 1 : (int)Math.Min((long)_log.Count - 1, (long)before - (long)_first - 1);
            var sessions = new List<StoredSession>();
            for (var index = from; index >= 0; index--)
            {
                if (_log[index] is not { } entry || !wanted.Contains(entry.Peer))
                {
                    continue;
                }

                if (sessions.Count == maxCount)
                {
                    return new(new SessionList(sessions, sessions[^1].Number));
                }

                sessions.Add(entry.ToStored());
            }

            return new(new SessionList(sessions, 0));
        }
    }

    public ValueTask<(StoreEpoch Epoch, IReadOnlyList<string> Peers)> ReadPeersAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return new((_epoch, (IReadOnlyList<string>)[.. _missed.Keys]));
        }
    }

    public ValueTask<ulong> NoteDeliveryAsync(string consumer, ulong number, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var isKnown = _delivered.TryGetValue(consumer, out var delivered);
            if (!isKnown && _delivered.Count >= MaxConsumers)
            {
                RemoveOldConsumers();
            }

            if (!isKnown && _delivered.Count >= MaxConsumers)
            {
                // The table is full: each session may have been delivered to this consumer before.
                return new(ulong.MaxValue);
            }

            _delivered[consumer] = (Math.Max(delivered.Highest, number), Now + (RecordLifetimes * _lifetime));
            return new(delivered.Highest);
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

    // All sessions have the same lifetime, so they expire and are removed in order of arrival.
    private void RemoveOldConsumers()
    {
        var now = Now;
        foreach (var (consumer, (_, until)) in _delivered)
        {
            if (until <= now)
            {
                _delivered.Remove(consumer);
            }
        }
    }

    private void Sweep()
    {
        var now = Now;
        while (_waiting.Count > 0 && _waiting.First().Value is var oldest && oldest.ExpiresAt <= now)
        {
            End(oldest, SessionState.Expired);
        }

        // All leases have the same length too.
        while (_leased.TryPeek(out var leased) && !leased.IsLeased(now))
        {
            _leased.Dequeue().EndLease();
        }

        while (_ended.TryPeek(out var ended) && (ended.ForgottenAt <= now || _ended.Count > _capacity))
        {
            Remove(_ended.Dequeue());
        }

        while (_removed < _log.Count && _log[_removed] is null)
        {
            _removed++;
        }

        if (_removed > _log.Count / 2)
        {
            _log.RemoveRange(0, _removed);
            _first += (ulong)_removed;
            _removed = 0;
        }
    }

    private void Remove(SessionEntry entry)
    {
        _entries.Remove(entry.Id);
        _log[(int)(entry.Number - _first)] = null;
        if (entry.IsExpired)
        {
            _missed[entry.Peer] = Math.Max(_missed[entry.Peer], entry.Number);
        }
    }
}

/// <summary>A session of <see cref="InProcessSessionStore"/>, whose lock guards it.</summary>
internal sealed class SessionEntry(
    ulong number, Session session, byte[] sealedKey, TimeSpan expiresAt, TimeSpan forgottenAt)
{
    private byte[] _sealedKey = sealedKey;
    private TimeSpan _leaseEndsAt;
    private DateTimeOffset? _leaseEnds;

    public ulong Number => number;

    public string Id { get; } = SessionIds.TextOf(session);

    public string Peer => session.Peer;

    /// <summary>The ticket of the claim. Null if there is none.</summary>
    public string? Ticket { get; private set; }

    public TimeSpan ExpiresAt => expiresAt;

    /// <summary>When the store removes the session, in any state.</summary>
    public TimeSpan ForgottenAt => forgottenAt;

    public Session.Types.State State { get; private set; } = Session.Types.State.Waiting;

    public bool IsWaiting => State == Session.Types.State.Waiting;

    /// <summary>Whether the session expired unclaimed.</summary>
    public bool IsExpired => State == Session.Types.State.Expired;

    /// <summary>Sets the final state and deletes the key.</summary>
    public void End(Session.Types.State state)
    {
        State = state;
        EndLease();
    }

    /// <param name="leaseEnds">Null if the claim has no lease. The key is then deleted.</param>
    public void Claim(string ticket, TimeSpan leaseEndsAt, DateTimeOffset? leaseEnds)
    {
        (State, Ticket) = (Session.Types.State.Claimed, ticket);
        if (leaseEnds is null)
        {
            _sealedKey = [];
        }
        else
        {
            (_leaseEndsAt, _leaseEnds) = (leaseEndsAt, leaseEnds);
        }
    }

    /// <summary>The claim of a ticket. Null if another ticket has the claim, or if the lease has ended.</summary>
    public SessionClaim? ClaimOf(string ticket, TimeSpan now) =>
        State == Session.Types.State.Claimed && Ticket == ticket && (_leaseEnds is null || IsLeased(now)) ? new(_leaseEnds) : null;

    public bool IsLeased(TimeSpan now) => _leaseEndsAt > now;

    /// <summary>Deletes the key.</summary>
    public void EndLease()
    {
        _leaseEndsAt = TimeSpan.Zero;
        _sealedKey = [];
    }

    public StoredSession ToStored()
    {
        var copy = session.Clone();
        copy.State = State;
        return new(number, copy, _sealedKey);
    }
}
