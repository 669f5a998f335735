using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Rke.Gateway.Calls;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Signals;

/// <summary>A received Signal: the locations of the parts, and the answer (docs/WIRE.md §5).</summary>
internal sealed class ReceivedSignal
{
    /// <summary>The length of the longest answer.</summary>
    public const int MaxAnswerLength = ResponseHeader.Length + SignalAnswer.Length + ProfileRules.TrailerLength;

    private readonly byte[] _datagram;

    private ReceivedSignal(byte[] datagram, IReadOnlyList<KeyPartLocation> parts, UInt128 fingerprint)
    {
        _datagram = datagram;
        Parts = parts;
        Fingerprint = fingerprint;
    }

    /// <summary>
    /// Identifies the parts and their order, independent of the datagram. The first 16 bytes of a SHA-256.
    /// </summary>
    public UInt128 Fingerprint { get; }

    /// <summary>1 to 16 locations, in the order of the key.</summary>
    public IReadOnlyList<KeyPartLocation> Parts { get; }

    /// <summary>Reads a datagram. Checks trailer, challenge, count and lengths.</summary>
    /// <param name="problem">Why the datagram is not a Signal.</param>
    public static bool TryRead(ReadOnlySpan<byte> datagram, [NotNullWhen(true)] out ReceivedSignal? signal, out string problem)
    {
        signal = null;
        Span<byte> plain = stackalloc byte[ProfileRules.MaxRequestLength];
        var room = new SignalPart[SignalPayload.MaxParts];
        if (!RequestFrame.TryRead(WireProfile.Rke, datagram, out var frame, out var error)
            || !frame.TryOpen(cipher: null, plain, out _, out var body, out error)
            || !IsSignal(frame, ref error)
            || !SignalPayload.TryRead(body, room, out var payload, out error))
        {
            problem = error.ToString();
            return false;
        }

        var parts = new List<KeyPartLocation>(payload.Parts.Length);
        foreach (var part in payload.Parts)
        {
            parts.Add(new() { KeyIdHash = part.Hash.ToMessage(), Server = part.Server.ToMessage() });
        }

        problem = "";
        signal = new(datagram.ToArray(), parts, FingerprintOf(payload.Parts));
        return true;
    }

    /// <summary>
    /// Writes the answer to a Signal with invalid parts (too many parts, an invalid address or port) and returns its length.
    /// Returns 0 for other datagrams, which get no answer. The answer is shorter than any Signal.
    /// </summary>
    /// <param name="destination">At least <see cref="MaxAnswerLength"/> bytes.</param>
    public static int WriteRefusal(ReadOnlySpan<byte> datagram, Span<byte> destination)
    {
        RequestFrame.TryRead(WireProfile.Rke, datagram, out _, out var error);
        if (error is not (WireError.None or WireError.BodyLengthWrong)
            || datagram.Length < RequestFrame.Overhead
            || !RequestHeader.TryRead(datagram, out var header)
            || header.Code != CommandCode.Of(WireProfile.Rke, WireCommand.Signal)
            || header.EncryptionType != 0
            || BinaryPrimitives.ReadUInt16BigEndian(datagram[^2..]) != ProfileRules.Trailer(WireProfile.Rke)
            || !Challenge.TryRead(datagram[RequestHeader.Length..], out var challenge))
        {
            return 0;
        }

        // A wrong length is a header error. Otherwise the parts are wrong.
        var (status, isHeaderError) = WireStatuses.Encode(
            WireProfile.Rke,
            WireCommand.Signal,
            error == WireError.None ? WireStatus.Failed : WireStatus.LengthWrong);
        return ResponseFrame.WriteStatus(
            destination,
            WireProfile.Rke,
            header,
            header.RaidaId,
            status,
            isHeaderError,
            challenge,
            executionTime: 0,
            trailer: false,
            cipher: null);
    }

    /// <summary>Writes the answer and returns its length.</summary>
    /// <param name="destination">At least <see cref="MaxAnswerLength"/> bytes.</param>
    public int WriteAnswer(SignalResult result, Span<byte> destination)
    {
        Span<byte> plain = stackalloc byte[ProfileRules.MaxRequestLength];
        RequestFrame.TryRead(WireProfile.Rke, _datagram, out var frame, out _);
        frame.TryOpen(cipher: null, plain, out var challenge, out _, out _);
        var nanoseconds = (uint)Math.Min(uint.MaxValue, result.Duration.TotalNanoseconds);
        return ResponseFrame.Write(
            destination, frame, challenge, nanoseconds, new SignalAnswer(result.Used), ResponseIv.Same, cipher: null);
    }

    private static UInt128 FingerprintOf(ReadOnlySpan<SignalPart> parts)
    {
        const int Length = KeyIdHash.Length + 16 + sizeof(int);
        Span<byte> named = stackalloc byte[SignalPayload.MaxParts * Length];
        named = named[..(parts.Length * Length)];
        for (var index = 0; index < parts.Length; index++)
        {
            var part = named.Slice(index * Length, Length);
            var server = parts[index].Server;
            parts[index].Hash.CopyTo(part);
            server.Address.MapToIPv6().TryWriteBytes(part[KeyIdHash.Length..], out _);
            BinaryPrimitives.WriteInt32BigEndian(part[^sizeof(int)..], server.Port);
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(named, digest);
        return BinaryPrimitives.ReadUInt128BigEndian(digest);
    }

    private static bool IsSignal(in RequestFrame frame, ref WireError error)
    {
        error = frame.Command == WireCommand.Signal ? WireError.None : WireError.CommandUnknown;
        return error == WireError.None;
    }
}
