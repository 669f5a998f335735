using Google.Protobuf;
using Rke.Gateway.Errors;
using Rke.Gateway.Redis;
using Rke.V1;
using StackExchange.Redis;

namespace Rke.Gateway.Sessions.Store;

/// <summary>
/// The initiated sessions of all replicas, in Redis.
/// <code>
/// rke:{i:id}:s   one session: data, owner, ticket
/// rke:{i:id}:k   its encrypted key, until the lease ends
/// </code>
/// </summary>
internal sealed class RedisInitiatedStore(RedisCircuit circuit) : IInitiatedStore
{
    private static readonly RedisScript AcknowledgeScript = new("initiated-acknowledge");
    private static readonly RedisScript AddScript = new("initiated-add", isOptional: true);
    private static readonly RedisScript FindScript = new("initiated-find");

    public bool IsShared => true;

    // Without Redis, or at its memory limit, the session succeeds and is not found later.
    public async ValueTask AddAsync(InitiatedSession session, TimeSpan lifetime, TimeSpan lease) => await circuit.RunAsync(
        AddScript,
        KeysOf(SessionIds.TextOf(session.Session)),
        [
            session.Session.ToByteArray(),
            session.Owner,
            session.Ticket,
            (long)lifetime.TotalMilliseconds,
            session.SealedKey.ToArray(),
            (long)lease.TotalMilliseconds,
        ]);

    public async ValueTask<InitiatedSession?> FindAsync(string sessionId) =>
        await RunAsync(FindScript, sessionId) is [var data, var owner, var ticket, var sealedKey]
            ? new(Session.Parser.ParseFrom((byte[])data!), (string)owner!, (string)ticket!, (byte[])sealedKey!)
            : null;

    public async ValueTask AcknowledgeAsync(string sessionId, string ticket) => await RunAsync(AcknowledgeScript, sessionId, ticket);

    private static RedisKey[] KeysOf(string sessionId) => [$"rke:{{i:{sessionId}}}:s", $"rke:{{i:{sessionId}}}:k"];

    private async ValueTask<RedisValue[]> RunAsync(RedisScript script, string sessionId, params RedisValue[] values) =>
        await circuit.RunAsync(script, KeysOf(sessionId), values) is { } result
            ? (RedisValue[])result!
            : throw CallFailure.StateUnavailable().ToException();
}
