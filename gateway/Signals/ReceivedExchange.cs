using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Rke.Wire;

namespace Rke.Gateway.Signals;

/// <summary>A received Exchange Keys: the cacheable key id and the parts, and the answer (docs/WIRE.md §10).</summary>
internal sealed class ReceivedExchange
{
    private readonly byte[] _request;

    private ReceivedExchange(byte[] request, Challenge challenge, CacheableKeyId cacheableId, KeySlot[] slots)
    {
        (_request, Challenge, CacheableId, Slots) = (request, challenge, cacheableId, slots);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(request.AsSpan(RequestHeader.Length), digest);
        Fingerprint = BinaryPrimitives.ReadUInt128BigEndian(digest);
    }

    /// <summary>
    /// Identifies the request, independent of the connection. Unlike that of a Signal, it includes the challenge, because the key of a
    /// resumed session depends on it.
    /// </summary>
    public UInt128 Fingerprint { get; }

    public Challenge Challenge { get; }

    public CacheableKeyId CacheableId { get; }

    /// <summary>Up to 16 slots, in the order of the key.</summary>
    public IReadOnlyList<KeySlot> Slots { get; }

    /// <summary>Reads a request of the right length.</summary>
    /// <param name="error">Why the request is not valid.</param>
    public static bool TryRead(ReadOnlySpan<byte> request, [NotNullWhen(true)] out ReceivedExchange? exchange, out WireError error)
    {
        exchange = null;
        Span<byte> plain = stackalloc byte[ExchangeKeysPayload.BodyLength];
        var room = new KeySlot[ExchangeKeysPayload.MaxSlots];
        if (!RequestFrame.TryRead(WireProfile.Rke, request, out var frame, out error)
            || !frame.TryOpen(cipher: null, plain, out var challenge, out var body, out error))
        {
            return false;
        }

        if (!ExchangeKeysPayload.TryRead(body, room, out var payload, out _))
        {
            // A wrong slot is not a header error, even if it has a wrong RAIDA id.
            error = WireError.PartCountInvalid;
            return false;
        }

        exchange = new(request.ToArray(), challenge, payload.CacheableId, payload.Slots.ToArray());
        return true;
    }

    /// <summary>Writes the answer to a request that is not accepted, and returns its length.</summary>
    public static int WriteRefusal(in RequestHeader header, ReadOnlySpan<byte> request, WireError error, Span<byte> destination)
    {
        Challenge? challenge = null;
        if (request.Length >= RequestFrame.Overhead && Challenge.TryRead(request[RequestHeader.Length..], out var read))
        {
            challenge = read;
        }

        var (status, isHeaderError) = WireStatuses.Encode(WireProfile.Rke, WireCommand.ExchangeKeys, StatusOf(error));
        return WriteStatus(header, challenge, status, isHeaderError, TimeSpan.Zero, destination);
    }

    /// <summary>Writes the answer and returns its length.</summary>
    /// <param name="status">The status.</param>
    /// <param name="used">The collected parts of a partial success.</param>
    /// <param name="duration">The time from the request to the answer.</param>
    /// <param name="destination">The buffer.</param>
    public int WriteAnswer(WireStatus status, ushort used, TimeSpan duration, Span<byte> destination)
    {
        RequestHeader.TryRead(_request, out var header);
        var (code, isHeaderError) = WireStatuses.Encode(WireProfile.Rke, WireCommand.ExchangeKeys, status);
        if (status != WireStatus.KeysPartlyCollected)
        {
            return WriteStatus(header, Challenge, code, isHeaderError, duration, destination);
        }

        RequestFrame.TryRead(WireProfile.Rke, _request, out var frame, out _);
        return ResponseFrame.Write(
            destination, frame, Challenge, NanosecondsOf(duration), new ExchangeKeysAnswer(used), ResponseIv.Same, cipher: null, code);
    }

    private static int WriteStatus(
        in RequestHeader header, Challenge? challenge, byte status, bool isHeaderError, TimeSpan duration, Span<byte> destination) =>
        ResponseFrame.WriteStatus(
            destination,
            WireProfile.Rke,
            header,
            raidaId: 0,
            status,
            isHeaderError,
            challenge,
            NanosecondsOf(duration),
            trailer: false,
            cipher: null);

    private static uint NanosecondsOf(TimeSpan duration) => (uint)Math.Min(uint.MaxValue, duration.TotalNanoseconds);

    private static WireStatus StatusOf(WireError error) => error switch
    {
        WireError.RoutingVersionWrong or WireError.PresentationWrong => WireStatus.RoutingVersionWrong,
        WireError.SplitWrong => WireStatus.SplitWrong,
        WireError.RaidaIdWrong => WireStatus.RaidaIdWrong,
        WireError.ShardWrong => WireStatus.ShardWrong,
        WireError.GroupUnknown => WireStatus.GroupUnknown,
        WireError.CommandUnknown => WireStatus.CommandUnknown,
        WireError.EncryptionTypeWrong or WireError.CoinNotZero or WireError.NonceNotZero => WireStatus.EncryptionTypeWrong,
        WireError.LengthWrong or WireError.BodyLengthWrong or WireError.BodyEmpty => WireStatus.LengthWrong,
        WireError.TrailerWrong => WireStatus.TrailerWrong,
        WireError.ChallengeWrong => WireStatus.ChallengeWrong,
        _ => WireStatus.Failed,
    };
}
