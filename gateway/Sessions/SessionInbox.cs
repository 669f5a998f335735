using System.Security.Cryptography;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Rke.Gateway.Configuration;
using Rke.Gateway.Errors;
using Rke.Gateway.Observability;
using Rke.Gateway.Services;
using Rke.Gateway.Sessions.Sealing;
using Rke.Gateway.Sessions.Store;
using Rke.V1;

namespace Rke.Gateway.Sessions;

/// <summary>The sessions that arrived for this gateway: kept until somebody claims them, handed out once.</summary>
internal sealed class SessionInbox(
    ISessionStore store,
    SessionSeal seal,
    LocalKeys localKeys,
    Replica replica,
    SessionsSettings settings,
    SessionMeter meter,
    KeyAudit audit,
    TimeProvider timeProvider)
{
    private const int IdLength = 32;

    public ValueTask<bool> HasRoomAsync(CancellationToken cancellationToken) => store.HasRoomAsync(cancellationToken);

    /// <summary>Keeps a session that arrived; false when there is no room for it.</summary>
    /// <param name="session">Id, parts and initiator are set; the rest is set here.</param>
    /// <param name="key">Stays the caller's.</param>
    public async Task<bool> AddAsync(Session session, ReadOnlyMemory<byte> key, CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        session.State = Session.Types.State.Waiting;
        session.KeySize = (uint)key.Length;
        session.ArriveTime = Timestamp.FromDateTimeOffset(now);
        session.ExpireTime = Timestamp.FromDateTimeOffset(now + settings.Lifetime);
        var told = SessionSecret.Strip(session);
        var secret = SessionSecret.Join(session, key.Span);
        try
        {
            return await AddAsync(told, secret, cancellationToken) != SessionAddition.Full;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    public async Task<ClaimSessionResponse> ClaimAsync(string sessionId, CallScope scope)
    {
        var cancellationToken = scope.Cancellation;
        var found = await FindAsync(sessionId, cancellationToken);
        if (found.Session.State != Session.Types.State.Waiting)
        {
            throw NotWaiting(found.Session).ToException();
        }

        // Whoever cannot open the key must not claim it away from those who can.
        var secret = TryOpen(found);
        try
        {
            if (!await store.TryClaimAsync(sessionId, cancellationToken))
            {
                throw NotWaiting((await FindAsync(sessionId, cancellationToken)).Session).ToException();
            }

            secret ??= localKeys.Take(sessionId) ?? throw Elsewhere(found.Session).ToException();
            meter.CountIncoming("claimed");
            audit.SessionHandedOut(scope.Caller, sessionId);
            found.Session.State = Session.Types.State.Claimed;
            return SessionSecret.Reveal(found.Session, secret);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    public async Task<Session> GetAsync(string sessionId, CancellationToken cancellationToken) =>
        (await FindAsync(sessionId, cancellationToken)).Session;

    public async Task<Session> CloseAsync(string sessionId, CancellationToken cancellationToken)
    {
        CheckId(sessionId);
        var closed = await store.CloseAsync(sessionId, cancellationToken) ?? throw NotFound().ToException();
        localKeys.Drop(sessionId);
        return closed.Session;
    }

    private async Task<SessionAddition> AddAsync(Session session, byte[] secret, CancellationToken cancellationToken)
    {
        if (seal.CanSeal)
        {
            return await store.AddAsync(
                session, seal.Seal(session.SessionId, secret), settings.Lifetime, cancellationToken);
        }

        session.Replica = store.IsShared ? replica.Name : "";
        localKeys.Add(session.SessionId, secret, settings.Lifetime);
        var addition = await store.AddAsync(session, default, settings.Lifetime, cancellationToken);
        if (addition == SessionAddition.Full)
        {
            localKeys.Drop(session.SessionId);
        }

        return addition;
    }

    private async Task<StoredSession> FindAsync(string sessionId, CancellationToken cancellationToken)
    {
        CheckId(sessionId);
        return await store.FindAsync(sessionId, cancellationToken) ?? throw NotFound().ToException();
    }

    // Null where the key is in this replica's memory.
    private byte[]? TryOpen(StoredSession found)
    {
        var session = found.Session;
        if (!found.SealedKey.IsEmpty)
        {
            return seal.Open(session.SessionId, found.SealedKey.Span) ?? throw Sealed(session).ToException();
        }

        return localKeys.Has(session.SessionId) ? null : throw Elsewhere(session).ToException();
    }

    private static void CheckId(string sessionId)
    {
        var bad = new BadFields();
        bad.Check(
            sessionId.Length == IdLength && sessionId.All(char.IsAsciiHexDigitLower),
            "session_id",
            $"must be {IdLength} hexadecimal digits in lower case");
        bad.ThrowIfAny();
    }

    private static CallFailure NotFound() => new(
        StatusCode.NotFound,
        Reason.SessionNotFound,
        "No session with that id has arrived here, or it is over for so long that it is forgotten.");

    private static CallFailure NotWaiting(Session session) => new(
        StatusCode.FailedPrecondition,
        Reason.SessionNotWaiting,
        $"The session's key cannot be claimed: it is {session.State.ToString().ToLowerInvariant()}.")
    {
        SessionId = session.SessionId,
    };

    private static CallFailure Elsewhere(Session session) => new(
        StatusCode.FailedPrecondition,
        Reason.SessionElsewhere,
        $"The session's key is in the memory of replica {session.Replica} alone, because Rke:Sessions:SealingKey is "
        + "not configured. Ask that replica; when it has stopped, the key is gone.")
    {
        SessionId = session.SessionId,
        Replica = session.Replica,
    };

    private static CallFailure Sealed(Session session) => new(
        StatusCode.FailedPrecondition,
        Reason.SessionSealed,
        "The session's key is sealed under a key that is not in this replica's Rke:Sessions:SealingKey.")
    {
        SessionId = session.SessionId,
    };
}
