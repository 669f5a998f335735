using System.Security.Cryptography;
using System.Text;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Options;
using Rke.Gateway.Admission;
using Rke.Gateway.Calls;
using Rke.Gateway.Errors;
using Rke.Gateway.Idempotency;
using Rke.Gateway.Sessions.Encryption;
using Rke.Gateway.Sessions.Store;
using Rke.UdpBridge;
using Rke.V1;

namespace Rke.Gateway.Sessions.Initiating;

/// <summary>
/// InitiateSession with its idempotency key, and the sessions that callers initiated. Only the caller that initiated a session finds it.
/// The key of a session is kept only if the caller gave an idempotency key, and only for the lease: encrypted under the sealing key, or
/// in the memory of this replica.
/// </summary>
internal sealed class InitiatedSessions(
    SessionInitiation initiation,
    IdempotentCalls idempotentCalls,
    IInitiatedStore store,
    SessionKeyEncryption encryption,
    InMemoryKeys inMemoryKeys,
    ReplicaName replica,
    KeyAudit audit,
    IOptions<SessionsOptions> options,
    TimeProvider timeProvider)
{
    private const string Method = "rke.v1.RkeSessionService/InitiateSession";

    // An arrived session has the same id, so the encryption binds the key to the direction too.
    private const string NamePrefix = "initiated:";

    public async Task<InitiateSessionResponse> RunAsync(
        InitiateSessionRequest request, SessionProgress progress, CallScope scope)
    {
        var bad = new BadFields();
        bad.CheckLabels(request.DeriveLabels);
        bad.CheckIdempotencyKey(request.IdempotencyKey);
        bad.ThrowIfAny();
        var response = request.IdempotencyKey.Length == 0
            ? await InitiateAsync(request, progress, scope)
            : await InitiateOnceAsync(request, progress, scope);
        progress.Ended(response);
        audit.SessionHandedOut(scope.Caller, SessionIds.TextOf(response.SessionId));
        return response;
    }

    /// <summary>The session, if this caller initiated it.</summary>
    public async Task<Session?> GetAsync(string sessionId, CallScope scope) =>
        await FindAsync(sessionId, scope) is { } found ? found.Session : null;

    /// <summary>Deletes the key. Returns null if the caller did not initiate the session with this idempotency key.</summary>
    public async Task<Session?> AcknowledgeAsync(string sessionId, string idempotencyKey, CallScope scope)
    {
        var ticket = SessionTickets.TextOf(scope.Caller, idempotencyKey);
        if (await FindAsync(sessionId, scope) is not { } found || found.Ticket != ticket)
        {
            return null;
        }

        await store.AcknowledgeAsync(sessionId, ticket);
        inMemoryKeys.Delete(NamePrefix + sessionId);
        return found.Session;
    }

    // The name of a caller is not secret, but it can be long.
    private static string OwnerOf(CallScope scope) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(scope.Caller.IsKnown ? $"={scope.Caller.Name}" : "")));

    private async Task<InitiatedSession?> FindAsync(string sessionId, CallScope scope) =>
        await store.FindAsync(sessionId) is { } found && found.Owner == OwnerOf(scope) ? found : null;

    private async Task<InitiateSessionResponse> InitiateAsync(
        InitiateSessionRequest request, SessionProgress progress, CallScope scope)
    {
        var response = await initiation.RunAsync(request, progress, scope);
        var hasLease = request.IdempotencyKey.Length > 0;
        if (hasLease)
        {
            response.LeaseExpireTime = Timestamp.FromDateTimeOffset(TimeOfDay.Now(timeProvider) + options.Value.Lease);
        }

        await RememberAsync(response, hasLease ? SessionTickets.TextOf(scope.Caller, request.IdempotencyKey) : "", scope);
        return response;
    }

    private async Task<InitiateSessionResponse> InitiateOnceAsync(
        InitiateSessionRequest request, SessionProgress progress, CallScope scope)
    {
        InitiateSessionResponse? made = null;
        var stored = await idempotentCalls.RunAsync(
            new(Method, request.IdempotencyKey, request),
            InitiateSessionResponse.Parser,
            async () => SessionSecret.WithoutSecrets(made = await InitiateAsync(request, progress, scope)),
            earlier => RequirePermit(earlier, scope),
            scope);
        return made ?? await RestoreAsync(stored, request, scope);
    }

    private static void RequirePermit(InitiateSessionResponse earlier, CallScope scope)
    {
        foreach (var part in earlier.Parts)
        {
            scope.Permit.Require((ushort)part.Network, coin: null);
        }
    }

    private async Task RememberAsync(InitiateSessionResponse response, string ticket, CallScope scope)
    {
        var id = SessionIds.TextOf(response.SessionId);
        var session = SessionSecret.WithoutHashes(new()
        {
            SessionId = response.SessionId,
            State = Session.Types.State.Initiated,
            KeySize = (uint)response.Key.Length,
            Parts = { response.Parts },
            ArriveTime = Timestamp.FromDateTimeOffset(TimeOfDay.Now(timeProvider)),
            Receiver = response.Endpoint,
            Resumed = response.Resumed,
        });
        byte[] sealedKey = [];
        if (ticket.Length > 0)
        {
            var secret = SessionSecret.Pack(response.Parts, response.Key.Span);
            try
            {
                if (encryption.CanEncrypt)
                {
                    sealedKey = encryption.Encrypt(NamePrefix + id, secret);
                }
                else
                {
                    session.Replica = store.IsShared ? replica.Value : "";
                    inMemoryKeys.Add(NamePrefix + id, secret, options.Value.Lease);
                }
            }
            finally
            {
                CryptographicOperations.ZeroMemory(secret);
            }
        }

        await store.AddAsync(new(session, OwnerOf(scope), ticket, sealedKey), options.Value.Lifetime, options.Value.Lease);
    }

    private async Task<InitiateSessionResponse> RestoreAsync(
        InitiateSessionResponse stored, InitiateSessionRequest request, CallScope scope)
    {
        var id = SessionIds.TextOf(stored.SessionId);
        var found = await FindAsync(id, scope) ?? throw KeyDeleted(id).ToException();
        var secret = found.SealedKey.IsEmpty
            ? inMemoryKeys.Read(NamePrefix + id) ?? throw KeyElsewhere(found.Session).ToException()
            : encryption.Decrypt(NamePrefix + id, found.SealedKey.Span) ?? throw SessionInbox.KeyNotInThisReplica(found.Session).ToException();
        try
        {
            SessionSecret.Restore(stored, secret, request.DeriveLabels);
            return stored;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    private CallFailure KeyElsewhere(Session session) => session.Replica.Length > 0 && session.Replica != replica.Value
        ? SessionInbox.KeyInOtherReplica(session)
        : KeyDeleted(SessionIds.TextOf(session));

    private static CallFailure KeyDeleted(string id) => new(
        StatusCode.FailedPrecondition,
        Reason.SessionKeyDeleted,
        "An earlier call with this idempotency key made the session, and the gateway has deleted its key: the session was acknowledged, or "
        + "the lease has ended. Initiate a new session with a new idempotency key.")
    {
        SessionId = id,
    };
}
