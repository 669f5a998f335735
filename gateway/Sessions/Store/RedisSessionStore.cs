using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using Microsoft.Extensions.Options;
using Rke.Gateway.Errors;
using Rke.Gateway.Redis;
using Rke.V1;
using StackExchange.Redis;

namespace Rke.Gateway.Sessions.Store;

/// <summary>
/// Stores the sessions of all replicas in Redis. All keys share one hash tag, so each step is one script, also in a cluster.
/// <code>
/// rke:{s}:n        life (the epoch), at (the Redis process of the epoch), last (last number)
/// rke:{s}:w        waiting sessions by time of expiry
/// rke:{s}:l        waiting and expired sessions by number
/// rke:{s}:x        all sessions by time of removal: id and name of the peer
/// rke:{s}:p:peer   all sessions of a peer by number
/// rke:{s}:m        highest number of the removed expired sessions of each peer
/// rke:{s}:s:id     one session: number, state, life (the epoch of its arrival), data, ends, ticket (of its claim), lease (its end)
/// rke:{s}:k:id     encrypted key of a waiting session, or of a claimed session with a lease
/// rke:{s}:d:name   highest number that was delivered to a consumer
/// rke:{s}:a        channel for the arrival of sessions
/// </code>
/// </summary>
internal sealed class RedisSessionStore : ISessionStore
{
    private static readonly RedisScript AcknowledgeScript = new("session-acknowledge", prologue: "session-begin");
    private static readonly RedisScript AddScript = new("session-add", prologue: "session-begin");
    private static readonly RedisScript ClaimScript = new("session-claim", prologue: "session-begin");
    private static readonly RedisScript CloseScript = new("session-close", prologue: "session-begin");
    private static readonly RedisScript FindScript = new("session-find", prologue: "session-begin");
    private static readonly RedisScript ListScript = new("session-list", prologue: "session-begin");
    private static readonly RedisScript PeersScript = new("session-peers", prologue: "session-begin");
    private static readonly RedisScript ReadScript = new("session-read", prologue: "session-begin");
    private static readonly RedisScript RoomScript = new("session-room", prologue: "session-begin");

    private const string Prefix = "rke:{s}:";
    private const int MaxAttempts = 20;
    private const int EpochEnded = 3;
    private const int OutOfMemory = 4;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);
    private static readonly RedisKey[] Keys = [Prefix + "n"];

    private readonly RedisCircuit _circuit;
    private readonly RedisSessionNotifications _notifications;
    private readonly RedisDeliveries _deliveries;
    private readonly TimeProvider _timeProvider;
    private readonly SessionsOptions _settings;
    private long _waiting;

    public RedisSessionStore(
        RedisCircuit circuit,
        IConnectionMultiplexer multiplexer,
        TimeProvider timeProvider,
        IOptions<SessionsOptions> options)
    {
        (_circuit, _timeProvider, _settings) = (circuit, timeProvider, options.Value);
        _notifications = new(circuit, multiplexer.GetSubscriber(), RedisChannel.Literal(Prefix + "a"), timeProvider);
        _deliveries = new(circuit, Keys, 3 * _settings.Lifetime);
    }

    public bool IsShared => true;

    public long Waiting => Volatile.Read(ref _waiting);

    public async ValueTask<bool> HasRoomAsync(CancellationToken cancellationToken)
    {
        var reply = await RunAsync(RoomScript);
        Volatile.Write(ref _waiting, (long)reply[0]);
        return (long)reply[0] < _settings.Capacity;
    }

    public async ValueTask<SessionAddition> AddAsync(
        Session session, ReadOnlyMemory<byte> sealedKey, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        // A repeated command changes nothing, except in another epoch: in the first epoch the session may have been claimed.
        var room = await RunWithRetriesAsync(RoomScript, cancellationToken);
        var reply = await RunWithRetriesAsync(
            AddScript,
            cancellationToken,
            SessionIds.TextOf(session),
            Google.Protobuf.MessageExtensions.ToByteArray(session),
            sealedKey.ToArray(),
            (long)lifetime.TotalMilliseconds,
            _settings.Capacity,
            room[1],
            session.Peer);
        Volatile.Write(ref _waiting, (long)reply[1]);
        return (int)reply[0] is EpochEnded or OutOfMemory
            ? throw CallFailure.StateUnavailable().ToException()
            : (SessionAddition)(int)reply[0];
    }

    public async ValueTask<StoredSession?> FindAsync(string sessionId, CancellationToken cancellationToken) =>
        ToStored(await RunAsync(FindScript, sessionId));

    public async ValueTask<SessionClaim?> ClaimAsync(
        string sessionId, SessionTicket ticket, CancellationToken cancellationToken)
    {
        // A repeated command has the same ticket, so it gets the same answer.
        var reply = await RunWithRetriesAsync(
            ClaimScript, cancellationToken, sessionId, ticket.Text, (long)ticket.Lease.TotalMilliseconds);
        return (int)reply[0] == 0 ? null
            : (long)reply[1] is > 0 and var leaseEnds ? new(DateTimeOffset.FromUnixTimeMilliseconds(leaseEnds))
            : new((DateTimeOffset?)null);
    }

    public async ValueTask<StoredSession?> AcknowledgeAsync(
        string sessionId, string ticket, CancellationToken cancellationToken)
    {
        var reply = await RunWithRetriesAsync(AcknowledgeScript, cancellationToken, sessionId, ticket);
        return reply is [var isMine, .. var stored] && (int)isMine == 1 ? ToStored(stored) : null;
    }

    public async ValueTask<StoredSession?> CloseAsync(string sessionId, CancellationToken cancellationToken) =>
        ToStored(await RunAsync(CloseScript, sessionId));

    public async ValueTask<SessionPage> ReadAsync(SessionCursor after, int maxCount, CancellationToken cancellationToken)
    {
        var reply = await RunAsync(ReadScript, after.Epoch, (long)after.Number, maxCount);
        var (epoch, last, peers) = (new StoreEpoch((string)reply[0]!, (string)reply[1]!), NumberOf(reply[2]), (int)reply[3]);
        var missed = reply.Skip(4).Take(2 * peers).Chunk(2);
        var isCurrent = after.Epoch == epoch.Name && after.Number <= last;
        var start = new SessionCursor(epoch.Name, isCurrent ? after.Number : 0);
        var sessions = ToStored(reply.Skip(4 + (2 * peers)));
        var end = start with { Number = sessions.Length == maxCount ? sessions[^1].Number : last };
        return new(sessions, start, end, epoch)
        {
            IsReset = after != SessionCursor.Start && !isCurrent,
            MissedPeers = after == SessionCursor.Start
                ? []
                : [.. missed.Where(peer => NumberOf(peer[1]) > start.Number).Select(peer => (string)peer[0]!)],
        };
    }

    public async ValueTask<SessionList> ListAsync(
        IReadOnlyCollection<string> peers, ulong before, int maxCount, CancellationToken cancellationToken)
    {
        var reply = await RunAsync(ListScript, [(long)before, maxCount, .. peers.Select(peer => (RedisValue)peer)]);
        return new(ToStored(reply.Skip(1)), NumberOf(reply[0]));
    }

    public async ValueTask<(StoreEpoch Epoch, IReadOnlyList<string> Peers)> ReadPeersAsync(CancellationToken cancellationToken)
    {
        var reply = await RunAsync(PeersScript);
        return (new((string)reply[0]!, (string)reply[1]!), [.. reply.Skip(2).Select(peer => (string)peer!)]);
    }

    public async ValueTask<ulong> NoteDeliveryAsync(string consumer, ulong number, CancellationToken cancellationToken)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(consumer)).AsSpan(0, 16));
        return await _deliveries.NoteAsync(digest, number).WaitAsync(cancellationToken);
    }

    public ValueTask WaitAsync(SessionCursor after, CancellationToken cancellationToken) =>
        new(_notifications.WaitAsync(after, cancellationToken));

    private static StoredSession? ToStored(RedisValue[] reply)
    {
        if (reply is not [var number, var state, var data, var sealedKey])
        {
            return null;
        }

        var session = Session.Parser.ParseFrom((byte[])data!);
        session.State = (Session.Types.State)(int)state;
        return new(NumberOf(number), session, (byte[])sealedKey!);
    }

    // Number, state and data of each session.
    private static StoredSession[] ToStored(IEnumerable<RedisValue> values) =>
        [.. values.Chunk(3).Select(entry => ToStored([.. entry, RedisValue.EmptyString])!)];

    private static ulong NumberOf(RedisValue value) =>
        ulong.Parse((string)value!, NumberStyles.None, CultureInfo.InvariantCulture);

    private async ValueTask<RedisValue[]> RunAsync(RedisScript script, params RedisValue[] values) =>
        await _circuit.RunAsync(script, Keys, values) is { } result
            ? (RedisValue[])result!
            : throw CallFailure.StateUnavailable().ToException();

    // For commands that may run twice: without a reply it is unknown whether Redis ran the command.
    private async ValueTask<RedisValue[]> RunWithRetriesAsync(
        RedisScript script, CancellationToken cancellationToken, params RedisValue[] values)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await RunAsync(script, values);
            }
            catch (RpcException) when (attempt < MaxAttempts)
            {
                await Task.Delay(RetryDelay, _timeProvider, cancellationToken);
            }
        }
    }
}
