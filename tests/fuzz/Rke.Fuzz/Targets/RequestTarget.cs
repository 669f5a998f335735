using System.Buffers.Binary;
using Rke.Fuzz.Driving;
using Rke.Wire;

namespace Rke.Fuzz.Targets;

/// <summary>
/// Request datagrams, as a key server reads them. The target reads the input as it is. Then it repairs the header, the challenge and
/// the trailer and encrypts the body, so that mutations reach the payload.
/// </summary>
internal sealed class RequestTarget(WireProfile profile) : FuzzTarget($"request-{profile.ToString().ToLowerInvariant()}")
{
    private const int MaxDatagram = 1600;

    public override int MaxLength => MaxDatagram;

    // The encryption of the repaired frame and the list of a Signal's parts do not allocate.
    public override long AllocationLimit(int inputLength) => 16 << 10;

    public override IReadOnlyList<byte[]> Words { get; } =
        [[4, 41], [4, 42], [4, 43], [4, 220], [4, 230], [4, 240], [12, 120], [0, 0], [0xE3, 0xE3], [0x3E, 0x3E], [4], [6], [8], [40], [128]];

    public override IEnumerable<byte[]> Seeds()
    {
        foreach (var request in FuzzCoin.Requests(profile))
        {
            yield return request;
        }

        var address = new RequestAddress(profile, 6, 14, default);
        NameRecordType[] types = profile == WireProfile.Rke
            ? [NameRecordType.A, NameRecordType.Srv, NameRecordType.Txt]
            : [NameRecordType.A, NameRecordType.Srv];
        foreach (var type in types)
        {
            NameLookupPayload.TryCreate(profile, type, "raida.example.com"u8, out var payload, out _);
            var datagram = new byte[RequestFrame.Measure(profile, payload)];
            RequestFrame.Write(datagram, address, new(7), Challenge.Create("random bytes"u8), payload, cipher: null);
            yield return datagram;
        }
    }

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (TryOpen(input, out _))
        {
            PropertyViolation.Unless(input.Length <= ProfileRules.MaxRequestLength, "A request above the maximum length is read.");
        }

        Span<byte> repaired = stackalloc byte[MaxDatagram];
        if (input.Length is >= RequestFrame.Overhead and <= ProfileRules.MaxRequestLength)
        {
            repaired = repaired[..input.Length];
            input.CopyTo(repaired);
            Repair(repaired);
            var isOpen = TryOpen(repaired, out var error);
            PropertyViolation.Unless(
                isOpen || error is WireError.GroupUnknown or WireError.CommandUnknown or WireError.BodyLengthWrong
                    or WireError.RaidaIdWrong or WireError.EncryptionTypeWrong,
                $"A repaired request is rejected with {error}.");
        }
    }

    private void Repair(Span<byte> datagram)
    {
        var body = datagram[RequestHeader.Length..];
        datagram[0] = 1;
        datagram[1] = 0;
        datagram[2] %= RaidaNetwork.ServerCount;
        datagram[3] = 0;
        datagram[16] &= 1;
        BinaryPrimitives.WriteUInt64BigEndian(datagram[8..], ProfileRules.Presentation(profile));
        BinaryPrimitives.WriteUInt16BigEndian(datagram[22..], (ushort)body.Length);
        var isEncrypted = datagram[16] == 1;
        if (!isEncrypted)
        {
            datagram.Slice(17, 5).Clear();
            datagram.Slice(24, 6).Clear();
        }

        Challenge.Create(body).CopyTo(body);
        if (isEncrypted)
        {
            FuzzCoin.Cipher.Apply(
                new(BinaryPrimitives.ReadUInt64BigEndian(datagram[24..])), 0, body[..^ProfileRules.TrailerLength]);
        }

        BinaryPrimitives.WriteUInt16BigEndian(body[^ProfileRules.TrailerLength..], ProfileRules.Trailer(profile));
    }

    private bool TryOpen(ReadOnlySpan<byte> datagram, out WireError error)
    {
        Span<byte> plain = stackalloc byte[MaxDatagram];
        if (!RequestFrame.TryRead(profile, datagram, out var frame, out error)
            || !frame.TryOpen(FuzzCoin.Cipher, plain, out var challenge, out var payload, out error))
        {
            PropertyViolation.Unless(error != WireError.None, "A rejected request has no error.");
            return false;
        }

        PropertyViolation.Unless(error == WireError.None, $"A request is read with the error {error}.");
        ReadPayload(datagram, frame, challenge, payload);
        return true;
    }

    private void ReadPayload(
        ReadOnlySpan<byte> datagram, in RequestFrame frame, Challenge challenge, ReadOnlySpan<byte> payload)
    {
        WireError error;
        switch (frame.Command)
        {
            case WireCommand.Echo:
                PropertyViolation.Unless(payload.IsEmpty, "An Echo has a payload.");
                CheckRewritten(datagram, frame, challenge, default(EchoPayload));
                break;
            case WireCommand.PostKey when PostKeyPayload.TryRead(profile, payload, out var post, out error):
                PropertyViolation.Unless(
                    ProfileRules.IsKeyLength(post.KeyPart.Length)
                    && post.KeyStart + post.KeyPart.Length <= ProfileRules.KeyRoom(profile),
                    "A key part is outside of its padding.");
                CheckRewritten(datagram, frame, challenge, post);
                break;
            case WireCommand.GetKey when GetKeyPayload.TryRead(profile, payload, out var get, out error):
                CheckRewritten(datagram, frame, challenge, get);
                break;
            case WireCommand.NameLookup when NameLookupPayload.TryRead(profile, payload, out var lookup, out error):
                PropertyViolation.Unless(
                    lookup.Name.Length is > 0 and <= NameLookupPayload.MaxNameLength, "A name has a wrong length.");
                CheckRewritten(datagram, frame, challenge, lookup);
                break;
            case WireCommand.FreeAccount when FreeAccountPayload.TryRead(payload, out var free, out error):
                CheckRewritten(datagram, frame, challenge, free);
                break;
            case WireCommand.PaidAccount when PaidAccountPayload.TryRead(payload, out var paid, out error):
                CheckRewritten(datagram, frame, challenge, paid);
                break;
            case WireCommand.ExchangeKeys:
                ReadExchangeKeys(payload);
                break;
            case WireCommand.Signal:
                ReadSignal(datagram, frame, challenge, payload);
                break;
            default:
                break;
        }
    }

    // The bytes after the first empty slot belong to the datagram, but not to the payload that was read.
    private static void ReadExchangeKeys(ReadOnlySpan<byte> payload)
    {
        if (!ExchangeKeysPayload.TryRead(payload, new KeySlot[ExchangeKeysPayload.MaxSlots], out var read, out _))
        {
            return;
        }

        PropertyViolation.Unless(
            ExchangeKeysPayload.TryCreate(read.CacheableId, read.Slots, out var written, out var error), $"The slots that were read are invalid: {error}.");
        Span<byte> bytes = stackalloc byte[MaxDatagram];
        bytes = bytes[..written.Measure(WireProfile.Rke)];
        written.Write(WireProfile.Rke, bytes);
        PropertyViolation.Unless(
            ExchangeKeysPayload.TryRead(bytes, new KeySlot[ExchangeKeysPayload.MaxSlots], out var again, out error)
            && again.CacheableId == read.CacheableId && again.Slots.SequenceEqual(read.Slots),
            $"Slots change when they are written and read: {error}.");
    }

    private void ReadSignal(ReadOnlySpan<byte> datagram, in RequestFrame frame, Challenge challenge, ReadOnlySpan<byte> payload)
    {
        var room = new SignalPart[SignalPayload.MaxParts];
        if (!SignalPayload.TryRead(payload, room, out var read, out _))
        {
            return;
        }

        // The random bytes after an IPv4 address belong to the datagram, but not to the payload that was read.
        Span<byte> fill = stackalloc byte[SignalPayload.MaxParts * SignalPart.FillLength];
        for (var index = 0; index < read.Parts.Length; index++)
        {
            payload.Slice(1 + (index * SignalPart.Length) + 21, SignalPart.FillLength).CopyTo(fill[(index * SignalPart.FillLength)..]);
            PropertyViolation.Unless(read.Parts[index].Server.Port != 0, "A part has no port.");
        }

        PropertyViolation.Unless(
            SignalPayload.TryCreate(read.Parts, fill, out var written, out var error), $"The parts that were read are invalid: {error}.");
        CheckRewritten(datagram, frame, challenge, written);
    }

    // In the rke profile, every byte of a valid request has one meaning. In raidax, the server ignores some bytes.
    private void CheckRewritten<TPayload>(
        ReadOnlySpan<byte> datagram, in RequestFrame frame, Challenge challenge, in TPayload payload)
        where TPayload : IPayload, allows ref struct
    {
        var isEncrypted = frame.Header.EncryptionType == 1;
        var address = new RequestAddress(profile, frame.Header.Network, frame.Header.RaidaId, frame.Header.Coin);
        Span<byte> written = stackalloc byte[MaxDatagram];
        var length = RequestFrame.Write(
            written, address, frame.Header.Nonce, challenge, payload, isEncrypted ? FuzzCoin.Cipher : null);
        written = written[..length];
        PropertyViolation.Unless(length == datagram.Length, "A request changes its length when it is read and written.");
        PropertyViolation.Unless(
            profile == WireProfile.Raidax || written.SequenceEqual(datagram),
            "A request of the rke profile changes when it is read and written.");
        PropertyViolation.Unless(
            RequestFrame.TryRead(profile, written, out var again, out var error) && again.Command == frame.Command
            && again.TryOpen(FuzzCoin.Cipher, stackalloc byte[MaxDatagram], out var same, out _, out error) && same == challenge,
            $"A written request cannot be read: {error}.");
    }
}
