using Rke.V1;

namespace Rke.Gateway.Sessions.Store;

/// <summary>
/// The sessions that this gateway initiated, for GetSession, and their encrypted keys while a caller can repeat InitiateSession. It is
/// best effort: a session succeeds also if the store is unavailable.
/// </summary>
internal interface IInitiatedStore
{
    /// <summary>Whether replicas share this store.</summary>
    bool IsShared { get; }

    /// <summary>Stores a session.</summary>
    /// <param name="lifetime">How long the session is kept.</param>
    /// <param name="lease">How long the encrypted key is kept.</param>
    ValueTask AddAsync(InitiatedSession session, TimeSpan lifetime, TimeSpan lease);

    /// <summary>The session with this id. Null if it is unknown.</summary>
    ValueTask<InitiatedSession?> FindAsync(string sessionId);

    /// <summary>Deletes the encrypted key of a session, if it has this ticket.</summary>
    ValueTask AcknowledgeAsync(string sessionId, string ticket);
}

/// <summary>A session that this gateway initiated.</summary>
/// <param name="Session">The session without its secret fields. A copy, which the caller may change.</param>
/// <param name="Owner">Identifies the caller that initiated it.</param>
/// <param name="Ticket">The ticket of its idempotency key. Empty without one.</param>
/// <param name="SealedKey">
/// The encrypted key. Empty if there is no lease, if the lease has ended, or if the key is in the memory of a replica.
/// </param>
internal sealed record InitiatedSession(Session Session, string Owner, string Ticket, ReadOnlyMemory<byte> SealedKey)
{
    /// <inheritdoc/>
    public override string ToString() => $"InitiatedSession({SessionIds.TextOf(Session)}, redacted)";
}
