using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using Rke.Gateway.Configuration;
using Rke.Gateway.State;
using Rke.Gateway.Translation;
using Rke.UdpBridge;
using Rke.V1;
using StackExchange.Redis;

namespace Rke.Gateway.Sessions.Store;

/// <summary>
/// The sessions of all replicas, in Redis. All keys share a hash tag, so that every step is one script in a cluster
/// too.
/// <code>
/// rke:{s}:n        life and where it is lived, last number, highest number that was missed and is forgotten
/// rke:{s}:w        sessions that wait, by when they expire
/// rke:{s}:l        sessions that wait or were missed, by number
/// rke:{s}:x        sessions that were missed, by when they are forgotten
/// rke:{s}:s:id     one session: number, state, the life that it arrived in, what is told of it
/// rke:{s}:k:id     its sealed key, while it waits
/// rke:{s}:d:name   the highest number that a consumer was sent
/// rke:{s}:a        the channel that tells of arrivals
/// </code>
/// </summary>
internal sealed class RedisSessionStore : ISessionStore
{
    private const string Prefix = "rke:{s}:";
    private const int RandomLength = 8;
    private const int Attempts = 20;
    private const int LifeIsOver = 3;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly RedisKey[] Keys = [Prefix + "n"];

    private readonly RedisCircuit _circuit;
    private readonly RedisSessionBell _bell;
    private readonly IEntropySource _entropy;
    private readonly TimeProvider _timeProvider;
    private readonly SessionsSettings _settings;
    private long _waiting;

    public RedisSessionStore(
        RedisCircuit circuit,
        IConnectionMultiplexer multiplexer,
        IEntropySource entropy,
        TimeProvider timeProvider,
        SessionsSettings settings)
    {
        (_circuit, _entropy, _timeProvider, _settings) = (circuit, entropy, timeProvider, settings);
        _bell = new(circuit, multiplexer.GetSubscriber(), RedisChannel.Literal(Prefix + "a"), timeProvider);
    }

    public bool IsShared => true;

    public long Waiting => Volatile.Read(ref _waiting);

    public async ValueTask<bool> HasRoomAsync(CancellationToken cancellationToken)
    {
        var reply = await RunAsync(RedisScript.SessionRoom);
        Volatile.Write(ref _waiting, (long)reply[0]);
        return (long)reply[0] < _settings.Capacity;
    }

    public async ValueTask<SessionAddition> AddAsync(
        Session session, ReadOnlyMemory<byte> sealedKey, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        // Stored twice is stored once; but not in two lives: in the first it may have been claimed since.
        var room = await RunPatientlyAsync(RedisScript.SessionRoom, cancellationToken);
        var reply = await RunPatientlyAsync(
            RedisScript.SessionAdd,
            cancellationToken,
            session.SessionId,
            Google.Protobuf.MessageExtensions.ToByteArray(session),
            sealedKey.ToArray(),
            (long)lifetime.TotalMilliseconds,
            _settings.Capacity,
            room[1]);
        Volatile.Write(ref _waiting, (long)reply[1]);
        return (int)reply[0] == LifeIsOver
            ? throw CoinFailures.StateUnavailable().ToException()
            : (SessionAddition)(int)reply[0];
    }

    public async ValueTask<StoredSession?> FindAsync(string sessionId, CancellationToken cancellationToken) =>
        ToStored(await RunAsync(RedisScript.SessionFind, sessionId));

    public async ValueTask<bool> TryClaimAsync(string sessionId, CancellationToken cancellationToken)
    {
        // Asked again with its ticket, a claim that was made gives the same answer.
        var reply = await RunPatientlyAsync(RedisScript.SessionClaim, cancellationToken, sessionId, Draw());
        return (int)reply[0] == 1;
    }

    public async ValueTask<StoredSession?> CloseAsync(string sessionId, CancellationToken cancellationToken) =>
        ToStored(await RunAsync(RedisScript.SessionClose, sessionId));

    public async ValueTask<SessionPage> ReadAsync(SessionCursor after, int most, CancellationToken cancellationToken)
    {
        var reply = await RunAsync(RedisScript.SessionRead, after.Life, (long)after.Number, most);
        var (life, last, missed) = ((string)reply[0]!, NumberOf(reply[1]), NumberOf(reply[2]));
        var isOurs = after.Life == life && after.Number <= last;
        var start = new SessionCursor(life, isOurs ? after.Number : 0);
        var sessions = reply.Skip(3).Chunk(3).Select(entry => ToStored([.. entry, RedisValue.EmptyString])!).ToArray();
        var end = sessions.Length > 0 ? start with { Number = sessions[^1].Number } : start;
        return new(sessions, start, end, after != SessionCursor.Start && (!isOurs || after.Number < missed));
    }

    public async ValueTask<ulong> NoteDeliveryAsync(string consumer, ulong number, CancellationToken cancellationToken)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(consumer)).AsSpan(0, 16));
        var reply = await RunAsync(
            RedisScript.SessionDeliver, digest, (long)number, (long)(3 * _settings.Lifetime).TotalMilliseconds);
        return NumberOf(reply[0]);
    }

    public ValueTask WaitAsync(SessionCursor after, CancellationToken cancellationToken) =>
        new(_bell.WaitAsync(after, cancellationToken));

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

    private static ulong NumberOf(RedisValue value) =>
        ulong.Parse((string)value!, NumberStyles.None, CultureInfo.InvariantCulture);

    private async ValueTask<RedisValue[]> RunAsync(RedisScript script, params RedisValue[] values) =>
        await _circuit.RunAsync(script, Keys, values) is { } result
            ? (RedisValue[])result!
            : throw CoinFailures.StateUnavailable().ToException();

    // Whether a step that was not answered was taken is unknown; these are the same done twice.
    private async ValueTask<RedisValue[]> RunPatientlyAsync(
        RedisScript script, CancellationToken cancellationToken, params RedisValue[] values)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await RunAsync(script, values);
            }
            catch (RpcException) when (attempt < Attempts)
            {
                await Task.Delay(Pause, _timeProvider, cancellationToken);
            }
        }
    }

    private string Draw()
    {
        Span<byte> bytes = stackalloc byte[RandomLength];
        _entropy.Fill(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
