using Rke.V1;

namespace Rke.Gateway.Sessions.Store;

/// <summary>
/// The sessions that arrived, for all replicas: their states, their order, and their sealed keys. Every method is one
/// atomic step. It never sees a key in the clear. Where the state cannot be reached the call fails (STATE_UNAVAILABLE).
/// </summary>
internal interface ISessionStore
{
    /// <summary>Whether other replicas use it too.</summary>
    bool IsShared { get; }

    /// <summary>How many sessions wait, as far as this replica knows.</summary>
    long Waiting { get; }

    /// <summary>Whether one more session may wait now.</summary>
    ValueTask<bool> HasRoomAsync(CancellationToken cancellationToken);

    /// <summary>Stores a session that waits, and tells whoever waits for one.</summary>
    /// <param name="session">Times, state and replica as they are to be told.</param>
    /// <param name="sealedKey">Empty where a replica keeps the key.</param>
    /// <param name="lifetime">
    /// After this long the key is deleted; for as long again it is known that it expired.
    /// </param>
    ValueTask<SessionAddition> AddAsync(
        Session session, ReadOnlyMemory<byte> sealedKey, TimeSpan lifetime, CancellationToken cancellationToken);

    /// <summary>Null when it is not known, or no longer.</summary>
    ValueTask<StoredSession?> FindAsync(string sessionId, CancellationToken cancellationToken);

    /// <summary>
    /// Makes a session that waits a claimed one and deletes its key: true for exactly one caller, once.
    /// </summary>
    ValueTask<bool> TryClaimAsync(string sessionId, CancellationToken cancellationToken);

    /// <summary>Ends a session and deletes its key; gives what it is now, null when it is not known.</summary>
    ValueTask<StoredSession?> CloseAsync(string sessionId, CancellationToken cancellationToken);

    /// <summary>The sessions behind a cursor: all that wait or have expired, perhaps also others.</summary>
    /// <param name="after">Of another life of the store, or the start: from the first that is kept.</param>
    /// <param name="most">At most so many.</param>
    ValueTask<SessionPage> ReadAsync(SessionCursor after, int most, CancellationToken cancellationToken);

    /// <summary>
    /// Notes that a session is about to be delivered to a consumer; gives the highest number noted before.
    /// </summary>
    ValueTask<ulong> NoteDeliveryAsync(string consumer, ulong number, CancellationToken cancellationToken);

    /// <summary>Waits until there may be sessions behind the end of a page. It may end early.</summary>
    ValueTask WaitAsync(SessionCursor after, CancellationToken cancellationToken);
}
