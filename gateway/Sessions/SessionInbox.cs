using System.Security.Cryptography;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Options;
using Rke.Gateway.Admission;
using Rke.Gateway.Calls;
using Rke.Gateway.Errors;
using Rke.Gateway.Sessions.Encryption;
using Rke.Gateway.Sessions.Peers;
using Rke.Gateway.Sessions.Store;
using Rke.UdpBridge;
using Rke.V1;

namespace Rke.Gateway.Sessions;

/// <summary>
/// The sessions that arrived at this gateway. It keeps each one until it is claimed, and returns its key to one caller. A session that the
/// caller may not see is unknown to all methods.
/// </summary>
internal sealed class SessionInbox(
    ISessionStore store,
    SessionKeyEncryption encryption,
    InMemoryKeys inMemoryKeys,
    SessionTickets tickets,
    ReplicaName replica,
    IOptions<SessionsOptions> options,
    SessionMeter meter,
    KeyAudit audit,
    TimeProvider timeProvider,
    ISessionTaker? taker = null)
{
    private const string Full = "too many sessions wait already";

    public ValueTask<bool> HasRoomAsync(CancellationToken cancellationToken) => store.HasRoomAsync(cancellationToken);

    /// <summary>Stores a session that arrived. Returns a problem if there is no room for it, and null if it is stored.</summary>
    /// <param name="session">Id, parts, initiator, sender and peer are set. This method sets the other fields.</param>
    /// <param name="key">The session key. The caller clears it.</param>
    public async Task<string?> AddAsync(Session session, ReadOnlyMemory<byte> key, CancellationToken cancellationToken)
    {
        if (taker is not null && taker.Takes(session.Peer))
        {
            return await taker.TakeAsync(session, key, cancellationToken);
        }

        var now = TimeOfDay.Now(timeProvider);
        session.State = Session.Types.State.Waiting;
        session.KeySize = (uint)key.Length;
        session.ArriveTime = Timestamp.FromDateTimeOffset(now);
        session.ExpireTime = Timestamp.FromDateTimeOffset(now + options.Value.Lifetime);
        var stored = SessionSecret.WithoutHashes(session);
        var secret = SessionSecret.Pack(session.Parts, key.Span);
        try
        {
            return await AddAsync(stored, secret, cancellationToken) == SessionAddition.Full ? Full : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    public async Task<ClaimSessionResponse> ClaimAsync(ClaimSessionRequest request, CallScope scope)
    {
        var bad = new BadFields();
        bad.CheckSessionId(request.SessionId);
        bad.CheckIdempotencyKey(request.IdempotencyKey);
        bad.CheckLabels(request.DeriveLabels);
        bad.ThrowIfAny();
        var sessionId = SessionIds.TextOf(request.SessionId);
        var found = await FindAsync(sessionId, scope) ?? throw NotFound().ToException();

        // Only a claim with an idempotency key can be repeated.
        var isWaiting = found.Session.State == Session.Types.State.Waiting;
        if (!isWaiting && (found.Session.State != Session.Types.State.Claimed || request.IdempotencyKey.Length == 0))
        {
            throw NotWaiting(found.Session).ToException();
        }

        // A replica that cannot decrypt the key must not claim the session: another replica can.
        var secret = isWaiting ? Decrypt(found) : null;
        try
        {
            var ticket = tickets.Of(scope.Caller, request.IdempotencyKey);
            var claim = await store.ClaimAsync(sessionId, ticket, scope.Cancellation)
                ?? throw NotWaiting((await FindAsync(sessionId, scope) ?? found).Session).ToException();
            secret ??= Decrypt(found);
            KeepInMemory(sessionId, claim, isWaiting);
            if (isWaiting)
            {
                meter.CountIncoming("claimed");
            }

            audit.SessionHandedOut(scope.Caller, sessionId);
            found.Session.State = Session.Types.State.Claimed;
            var response = SessionSecret.ToClaimResponse(found.Session, secret, request.DeriveLabels);
            response.LeaseExpireTime = claim.LeaseEnds is { } leaseEnds ? Timestamp.FromDateTimeOffset(leaseEnds) : null;
            return response;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>Ends the lease of a claim. Returns null if the caller did not claim the session with this idempotency key.</summary>
    public async Task<Session?> AcknowledgeAsync(string sessionId, string idempotencyKey, CallScope scope)
    {
        if (await FindAsync(sessionId, scope) is null)
        {
            return null;
        }

        var ticket = SessionTickets.TextOf(scope.Caller, idempotencyKey);
        if (await store.AcknowledgeAsync(sessionId, ticket, scope.Cancellation) is not { } acknowledged)
        {
            return null;
        }

        inMemoryKeys.Delete(sessionId);
        return acknowledged.Session;
    }

    /// <summary>Returns null if the session is unknown.</summary>
    public async Task<Session?> GetAsync(string sessionId, CallScope scope) => (await FindAsync(sessionId, scope))?.Session;

    public async Task<Session> CloseAsync(ByteString id, CallScope scope)
    {
        var sessionId = CheckId(id);
        var found = await FindAsync(sessionId, scope) ?? throw NotFound().ToException();
        var closed = await store.CloseAsync(sessionId, scope.Cancellation) ?? found;
        inMemoryKeys.Delete(sessionId);
        return closed.Session;
    }

    /// <summary>Checks the field <c>session_id</c>. Returns it as text.</summary>
    public static string CheckId(ByteString id)
    {
        var bad = new BadFields();
        bad.CheckSessionId(id);
        bad.ThrowIfAny();
        return SessionIds.TextOf(id);
    }

    public static CallFailure NotFound() => new(
        StatusCode.NotFound,
        Reason.SessionNotFound,
        "The session is unknown or has expired.");

    private async Task<SessionAddition> AddAsync(Session session, byte[] secret, CancellationToken cancellationToken)
    {
        var sessionId = SessionIds.TextOf(session);
        if (encryption.CanEncrypt)
        {
            return await store.AddAsync(
                session, encryption.Encrypt(sessionId, secret), options.Value.Lifetime, cancellationToken);
        }

        session.Replica = store.IsShared ? replica.Value : "";
        var isNew = inMemoryKeys.Add(sessionId, secret, options.Value.Lifetime);
        var addition = await store.AddAsync(session, default, options.Value.Lifetime, cancellationToken);

        // The key of a session that was claimed before must not return.
        if (isNew && addition != SessionAddition.Added)
        {
            inMemoryKeys.Delete(sessionId);
        }

        return addition;
    }

    // Null if the session is unknown, or the caller may not see it.
    private async Task<StoredSession?> FindAsync(string sessionId, CallScope scope)
    {
        var found = await store.FindAsync(sessionId, scope.Cancellation);
        return found is not null && SessionView.Of(scope.Permit).Includes(found.Session) ? found : null;
    }

    private byte[] Decrypt(StoredSession found)
    {
        var sessionId = SessionIds.TextOf(found.Session);
        return !found.SealedKey.IsEmpty
            ? encryption.Decrypt(sessionId, found.SealedKey.Span) ?? throw KeyNotInThisReplica(found.Session).ToException()
            : inMemoryKeys.Read(sessionId) ?? throw KeyElsewhere(found.Session).ToException();
    }

    // Without a lease, the key is cleared at once.
    private void KeepInMemory(string sessionId, SessionClaim claim, bool isFirst)
    {
        if (claim.LeaseEnds is null)
        {
            inMemoryKeys.Delete(sessionId);
        }
        else if (isFirst)
        {
            inMemoryKeys.Keep(sessionId, options.Value.Lease);
        }
    }

    // The key of a claimed session can also have been deleted between two steps of this call.
    private static CallFailure KeyElsewhere(Session session) =>
        session.Replica.Length > 0 ? KeyInOtherReplica(session) : NotWaiting(session);

    private static CallFailure NotWaiting(Session session) => new(
        StatusCode.FailedPrecondition,
        Reason.SessionNotWaiting,
        $"The session cannot be claimed: its state is {session.State.ToString().ToUpperInvariant()}.")
    {
        SessionId = SessionIds.TextOf(session),
    };

    public static CallFailure KeyInOtherReplica(Session session) => new(
        StatusCode.FailedPrecondition,
        Reason.SessionElsewhere,
        $"Only replica {session.Replica} has the key of the session, because Rke:Sessions:SealingKey is not configured. "
        + "Repeat the call at that replica. If that replica has stopped, the key is lost.")
    {
        SessionId = SessionIds.TextOf(session),
        Replica = session.Replica,
    };

    public static CallFailure KeyNotInThisReplica(Session session) => new(
        StatusCode.FailedPrecondition,
        Reason.SessionSealed,
        "The key of the session is encrypted under a key that this replica does not have. Add that key to the file of "
        + "Rke:Sessions:SealingKey.")
    {
        SessionId = SessionIds.TextOf(session),
    };
}

/// <summary>The name of this process among the replicas: the host name and random digits.</summary>
internal sealed class ReplicaName
{
    private const int SuffixLength = 4;

    public ReplicaName(IEntropySource entropy)
    {
        Span<byte> suffix = stackalloc byte[SuffixLength];
        entropy.Fill(suffix);
        Value = $"{Environment.MachineName}-{Convert.ToHexStringLower(suffix)}";
    }

    public string Value { get; }
}
