using Rke.V1;

namespace Rke.Gateway.Sessions;

/// <summary>Takes the arrived sessions of some peers. These sessions are not in the inbox, so no caller sees or claims them.</summary>
internal interface ISessionTaker
{
    /// <summary>Whether the sessions of a peer belong to this taker.</summary>
    bool Takes(string peer);

    /// <summary>Stores what the taker needs of a session. Returns a problem if it cannot, and null if it could.</summary>
    /// <param name="session">Id, parts, initiator, sender and peer are set.</param>
    /// <param name="key">The session key. The caller clears it.</param>
    Task<string?> TakeAsync(Session session, ReadOnlyMemory<byte> key, CancellationToken cancellationToken);
}
