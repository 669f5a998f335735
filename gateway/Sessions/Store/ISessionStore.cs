using Rke.V1;

namespace Rke.Gateway.Sessions.Store;

/// <summary>
/// The arrived sessions: their states, their order, and their encrypted keys. Each method is one atomic step. The store never
/// receives an unencrypted key. If the store is unavailable, the call fails with STATE_UNAVAILABLE.
/// </summary>
internal interface ISessionStore
{
    /// <summary>Whether replicas share this store.</summary>
    bool IsShared { get; }

    /// <summary>The number of waiting sessions, as last seen by this replica.</summary>
    long Waiting { get; }

    /// <summary>Whether the store has room for one more waiting session.</summary>
    ValueTask<bool> HasRoomAsync(CancellationToken cancellationToken);

    /// <summary>Stores a waiting session and notifies the watchers.</summary>
    /// <param name="session">The session without its secret fields. Its id and its peer are set.</param>
    /// <param name="sealedKey">The encrypted key. Empty if the key is in the memory of a replica.</param>
    /// <param name="lifetime">
    /// The store deletes the key after this time. It keeps the session for the same time again.
    /// </param>
    ValueTask<SessionAddition> AddAsync(
        Session session, ReadOnlyMemory<byte> sealedKey, TimeSpan lifetime, CancellationToken cancellationToken);

    /// <summary>The session with this id. Null if it is unknown.</summary>
    ValueTask<StoredSession?> FindAsync(string sessionId, CancellationToken cancellationToken);

    /// <summary>
    /// Changes the state of a waiting session to claimed. Returns a claim to exactly one ticket, and null to all others. With a lease, the
    /// store deletes the key at the end of the lease, and until then returns the claim to the ticket again. Without one, it deletes the key.
    /// </summary>
    ValueTask<SessionClaim?> ClaimAsync(string sessionId, SessionTicket ticket, CancellationToken cancellationToken);

    /// <summary>
    /// Ends the lease of a claim and deletes the key. Returns null if the session is unknown or another ticket claimed it.
    /// </summary>
    ValueTask<StoredSession?> AcknowledgeAsync(string sessionId, string ticket, CancellationToken cancellationToken);

    /// <summary>Closes a session and deletes its key. Returns the closed session, or null if it is unknown.</summary>
    ValueTask<StoredSession?> CloseAsync(string sessionId, CancellationToken cancellationToken);

    /// <summary>The sessions after a cursor. All waiting and expired sessions are included, others may be.</summary>
    /// <param name="after">A cursor of another epoch reads from the first session that the store has.</param>
    /// <param name="maxCount">The maximum number of sessions.</param>
    ValueTask<SessionPage> ReadAsync(SessionCursor after, int maxCount, CancellationToken cancellationToken);

    /// <summary>The sessions of some peers in any state, newest first.</summary>
    /// <param name="peers">The names of the peers.</param>
    /// <param name="before">The number of the oldest session of the last page. 0 starts with the newest session.</param>
    /// <param name="maxCount">The maximum number of sessions.</param>
    ValueTask<SessionList> ListAsync(
        IReadOnlyCollection<string> peers, ulong before, int maxCount, CancellationToken cancellationToken);

    /// <summary>The current epoch, and the peers whose sessions the store has or had.</summary>
    ValueTask<(StoreEpoch Epoch, IReadOnlyList<string> Peers)> ReadPeersAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Records that a session is about to be delivered to a consumer. Returns the highest number that was recorded before.
    /// </summary>
    /// <param name="consumer">Identifies the consumer, its caller, and the peer of the session.</param>
    ValueTask<ulong> NoteDeliveryAsync(string consumer, ulong number, CancellationToken cancellationToken);

    /// <summary>Waits until there may be sessions after a cursor. The wait may end early.</summary>
    ValueTask WaitAsync(SessionCursor after, CancellationToken cancellationToken);
}

/// <summary>The result of <see cref="ISessionStore.AddAsync"/>.</summary>
internal enum SessionAddition
{
    Added,

    /// <summary>The session was stored before. The store did not change.</summary>
    Known,

    /// <summary>The store is full. It does not replace a waiting session by a new one.</summary>
    Full,
}

/// <summary>Who claims a session.</summary>
/// <param name="Text">
/// Random, or derived from the caller and its idempotency key (<see cref="SessionTickets"/>). Claims with the same text are one claim.
/// </param>
/// <param name="Lease">How long the claim can be repeated. Zero only for repetitions by the gateway itself.</param>
internal readonly record struct SessionTicket(string Text, TimeSpan Lease);

/// <summary>A successful claim.</summary>
/// <param name="LeaseEnds">When the lease ends. Null without a lease. Each repetition returns the same time.</param>
internal sealed record SessionClaim(DateTimeOffset? LeaseEnds);

/// <summary>A page of the sessions after a cursor, in order of arrival.</summary>
/// <param name="Sessions">Waiting and expired sessions, and possibly others.</param>
/// <param name="Start">The cursor before the first session.</param>
/// <param name="End">
/// The cursor after the last session. If the page is not full, it is after the latest session that arrived, also if that session is no
/// longer in the store. Otherwise a watcher would wait for an arrival that it never receives.
/// </param>
/// <param name="Epoch">The epoch of the cursors.</param>
internal sealed record SessionPage(
    IReadOnlyList<StoredSession> Sessions, SessionCursor Start, SessionCursor End, StoreEpoch Epoch)
{
    /// <summary>The cursor belongs to another epoch, so it is unknown which sessions came after it.</summary>
    public bool IsReset { get; init; }

    /// <summary>The peers with unclaimed sessions after the cursor that were removed from the store.</summary>
    public IReadOnlyList<string> MissedPeers { get; init; } = [];

    public bool HasGap => IsReset || MissedPeers.Count > 0;
}

/// <summary>A page of the sessions of some peers, newest first.</summary>
/// <param name="Last">The number of the oldest session of the page. 0 if there are no older sessions.</param>
internal sealed record SessionList(IReadOnlyList<StoredSession> Sessions, ulong Last);

/// <summary>A session and its current state.</summary>
/// <param name="Number">The position in the order of arrival, starting at 1.</param>
/// <param name="Session">A copy, which the caller may change.</param>
/// <param name="SealedKey">
/// The encrypted key of a session that waits, or whose lease has not ended. Empty if the key is deleted or in the memory of a replica.
/// </param>
internal sealed record StoredSession(ulong Number, Session Session, ReadOnlyMemory<byte> SealedKey);
