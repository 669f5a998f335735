using System.Buffers.Binary;
using Rke.Fuzz.Driving;
using Rke.Wire;

namespace Rke.Fuzz.Targets;

/// <summary>
/// Response datagrams, as a client reads them. Byte 0 of the input selects the command (bits 0-2), the encryption (bit 3), the start
/// of the keystream (bit 4) and the record type (bits 5-6). The datagram follows. The target reads it as it is, and then with a repaired
/// header, signature and trailer.
/// </summary>
internal sealed class ResponseTarget(WireProfile profile) : FuzzTarget($"response-{profile.ToString().ToLowerInvariant()}")
{
    private const int MaxDatagram = 1600;
    private const byte RaidaId = 14;

    private static readonly Nonce RequestNonce = new(0x0102030405060708);
    private static readonly Challenge RequestChallenge = Challenge.Create("random bytes"u8);

    private readonly WireCommand[] _commands = [.. CommandCode.CommandsOf(profile)];
    private readonly Dictionary<(WireCommand, bool), byte[]> _requests = (
        from command in CommandCode.CommandsOf(profile)
        from isEncrypted in (bool[])[false, true]
        where !isEncrypted || RequestHeader.CanEncrypt(profile, command)
        select (Key: (command, isEncrypted), Value: WriteRequest(profile, command, isEncrypted)))
        .ToDictionary(pair => pair.Key, pair => pair.Value);

    public override int MaxLength => 1 + MaxDatagram;

    public override long AllocationLimit(int inputLength) => 16 << 10;

    public override IReadOnlyList<byte[]> Words { get; } = [[0xE3, 0xE3], [0x3E, 0x3E], [1], [250], [0], [40], [32]];

    public override IEnumerable<byte[]> Seeds()
    {
        foreach (var (command, isEncrypted, datagram) in FuzzCoin.Responses(profile))
        {
            yield return [(byte)((int)command | (isEncrypted ? 8 : 0)), .. datagram];
        }

        var selector = Array.IndexOf(_commands, WireCommand.NameLookup) | 8;
        byte[] header = [.. new byte[ResponseHeader.Length]];
        header[2] = ProfileRules.Success(profile);
        yield return [(byte)selector, .. header, 192, 0, 2, 1, 0, 0, 0xE3, 0xE3];
        yield return [(byte)(selector | 32), .. header, 192, 0, 2, 1, 0x75, 0x30, 0xE3, 0xE3];
        yield return [(byte)(selector | 64), .. header, .. "[www.example.com] co=6"u8, 0xE3, 0xE3];
    }

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        var selector = input[0];
        var command = _commands[(selector & 7) % _commands.Length];
        var isEncrypted = (selector & 8) != 0;
        if (!_requests.TryGetValue((command, isEncrypted), out var request))
        {
            isEncrypted = false;
            request = _requests[(command, false)];
        }

        var exchange = new ExchangeInput(
            command,
            isEncrypted ? FuzzCoin.Cipher : null,
            (selector & 16) == 0 ? ResponseIv.Same : ResponseIv.Continued,
            (NameRecordType)(1 + ((selector >> 5) % 3)),
            request,
            ExpectedResponse.To(
                AddressOf(profile, isEncrypted), command, RequestNonce, RequestChallenge, isEncrypted ? FuzzCoin.Cipher : null, request.Length));
        var datagram = input[1..];
        Read(exchange, datagram, isRepaired: false);
        Span<byte> repaired = stackalloc byte[MaxDatagram];
        if (datagram.Length >= ResponseHeader.Length)
        {
            repaired = repaired[..(datagram.Length == ResponseHeader.Length + 1 ? ResponseHeader.Length : datagram.Length)];
            datagram[..repaired.Length].CopyTo(repaired);
            Repair(exchange, repaired);
            Read(exchange, repaired, isRepaired: true);
        }
    }

    private static RequestAddress AddressOf(WireProfile profile, bool isEncrypted) =>
        new(profile, 6, RaidaId, isEncrypted ? new(1, 11567918) : default);

    private static byte[] WriteRequest(WireProfile profile, WireCommand command, bool isEncrypted)
    {
        Span<byte> datagram = new byte[MaxDatagram];
        var address = AddressOf(profile, isEncrypted);
        address = profile == WireProfile.Rke && RequestHeader.IsForReceiver(command) ? address with { RaidaId = 0 } : address;
        var cipher = isEncrypted ? FuzzCoin.Cipher : null;
        int length;
        switch (command)
        {
            case WireCommand.PostKey:
                PostKeyPayload.TryCreate(profile, KeyId.Read(new byte[16]), default, 0, new byte[8], new byte[128], out var post, out _);
                length = RequestFrame.Write(datagram, address, RequestNonce, RequestChallenge, post, cipher);
                break;
            case WireCommand.GetKey:
                length = RequestFrame.Write(datagram, address, RequestNonce, RequestChallenge, new GetKeyPayload(default), cipher);
                break;
            case WireCommand.Signal:
                var parts = Enumerable.Repeat(new SignalPart(default, new(System.Net.IPAddress.Loopback, 1)), 16).ToArray();
                SignalPayload.TryCreate(parts, new byte[16 * SignalPart.FillLength], out var signal, out _);
                length = RequestFrame.Write(datagram, address, RequestNonce, RequestChallenge, signal, cipher);
                break;
            case WireCommand.NameLookup:
                NameLookupPayload.TryCreate(profile, NameRecordType.A, "example.com"u8, out var lookup, out _);
                length = RequestFrame.Write(datagram, address, RequestNonce, RequestChallenge, lookup, cipher);
                break;
            case WireCommand.ExchangeKeys:
                ExchangeKeysPayload.TryCreate(default, Enumerable.Repeat(new KeySlot(6, 0, default, default), 16).ToArray(), out var exchange, out _);
                length = RequestFrame.Write(datagram, address, RequestNonce, RequestChallenge, exchange, cipher);
                break;
            case WireCommand.FreeAccount:
                length = RequestFrame.Write(datagram, address, RequestNonce, RequestChallenge, new FreeAccountPayload(default), cipher);
                break;
            case WireCommand.PaidAccount:
                var paid = new PaidAccountPayload(default, default, new byte[CoinKeys.NumbersLength]);
                length = RequestFrame.Write(datagram, address, RequestNonce, RequestChallenge, paid, cipher);
                break;
            default:
                length = RequestFrame.Write(datagram, address, RequestNonce, RequestChallenge, default(EchoPayload), cipher);
                break;
        }

        return datagram[..length].ToArray();
    }

    // The signature is that of the server. The group stays as it is, because a header error has another group.
    private void Repair(in ExchangeInput exchange, Span<byte> datagram)
    {
        var body = datagram[ResponseHeader.Length..];
        datagram[0] = RaidaId;
        datagram[1] = 0;
        var givesKey = exchange.Command == WireCommand.ExchangeKeys && datagram[3] != 0 && ExchangeKeysAnswer.GivesKey(datagram[2]);
        if (datagram[2] == ProfileRules.Success(profile) || givesKey)
        {
            datagram[3] = CommandCode.Of(profile, exchange.Command).Group;
        }

        BinaryPrimitives.WriteUInt16BigEndian(datagram[4..], 1);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[6..], RequestNonce.Echo);
        datagram[8] = 0;
        datagram[9] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(datagram[10..], (ushort)body.Length);
        RequestChallenge.CopyTo(datagram[16..]);
        if (exchange.Cipher is not null)
        {
            Span<byte> number = stackalloc byte[AuthenticityNumber.Length];
            exchange.Cipher.Number.CopyTo(number);
            for (var index = 0; index < number.Length; index++)
            {
                datagram[16 + index] ^= number[index];
            }
        }

        if (!body.IsEmpty)
        {
            exchange.Cipher?.Apply(RequestNonce, exchange.Expected.FirstBlock(exchange.Iv), body[..^ProfileRules.TrailerLength]);
            BinaryPrimitives.WriteUInt16BigEndian(body[^ProfileRules.TrailerLength..], ProfileRules.Trailer(profile));
        }
    }

    private void Read(in ExchangeInput exchange, ReadOnlySpan<byte> datagram, bool isRepaired)
    {
        var verdict = ResponseFrame.Examine(exchange.Expected, datagram, out var frame, out var error);
        PropertyViolation.Unless(
            (verdict == ResponseVerdict.Believed) == (error == WireError.None), $"The verdict is {verdict} with the error {error}.");
        PropertyViolation.Unless(
            !isRepaired || verdict != ResponseVerdict.Ignored || error is WireError.BodyLengthWrong or WireError.BodyUnexpected,
            $"A repaired response is ignored with {error}.");
        if (verdict == ResponseVerdict.Ignored)
        {
            return;
        }

        var status = WireStatuses.Interpret(profile, exchange.Command, frame.IsHeaderError, frame.Header.Status);
        if (profile == WireProfile.Rke && status != WireStatus.Unknown)
        {
            var (code, isHeaderError) = WireStatuses.Encode(profile, exchange.Command, status);
            PropertyViolation.Unless(
                WireStatuses.Interpret(profile, exchange.Command, isHeaderError, code) == status,
                $"The status {status} changes when it is read and written.");
        }

        PropertyViolation.Unless(
            (frame.Header.Status == ProfileRules.Success(profile)) == (status == WireStatus.Success), "A success has another status.");
        if (verdict == ResponseVerdict.Believed && status == WireStatus.Success)
        {
            ReadPayload(exchange, datagram, frame);
        }
    }

    private void ReadPayload(in ExchangeInput exchange, ReadOnlySpan<byte> datagram, in ResponseFrame frame)
    {
        Span<byte> plain = stackalloc byte[MaxDatagram];
        var payload = frame.Open(exchange.Expected, exchange.Iv, exchange.Cipher, plain);
        switch (exchange.Command)
        {
            case WireCommand.GetKey when GetKeyAnswer.TryRead(profile, payload, out var answer, out _):
                PropertyViolation.Unless(
                    answer.KeyPart.IsEmpty || ProfileRules.IsKeyLength(answer.KeyPart.Length), "A key part has a wrong length.");
                _ = answer.SenderAddress;
                CheckRewritten(exchange, datagram, frame, answer);
                break;
            case WireCommand.FreeAccount or WireCommand.PaidAccount
                when AccountAnswer.TryRead(exchange.Command, payload, out var account, out _):
                CheckRewritten(exchange, datagram, frame, account);
                break;
            case WireCommand.Signal when SignalAnswer.TryRead(payload, SignalPayload.MaxParts, out var used, out _):
                CheckRewritten(exchange, datagram, frame, used);
                break;
            case WireCommand.NameLookup when NameLookupAnswer.TryRead(profile, exchange.Type, payload, out var found, out _):
                PropertyViolation.Unless(
                    (found.Type == NameRecordType.Srv) == (found.Port != 0)
                    && (found.Type == NameRecordType.Txt) == (found.Address is null),
                    "A record has the fields of another type.");
                CheckRewritten(exchange, datagram, frame, found);
                break;
            default:
                break;
        }
    }

    // raidax does not initialise the port of an A record, so that these bytes can change.
    private void CheckRewritten<TPayload>(
        in ExchangeInput exchange, ReadOnlySpan<byte> datagram, in ResponseFrame frame, in TPayload payload)
        where TPayload : IPayload, allows ref struct
    {
        PropertyViolation.Unless(RequestFrame.TryRead(profile, exchange.Request, out var request, out _), "The request is invalid.");
        Span<byte> written = stackalloc byte[MaxDatagram];
        var length = ResponseFrame.Write(
            written, request, RequestChallenge, frame.Header.ExecutionTime, payload, exchange.Iv, exchange.Cipher);
        written = written[..length];
        written[0] = RaidaId;
        PropertyViolation.Unless(
            (profile == WireProfile.Raidax && exchange.Command == WireCommand.NameLookup) || written.SequenceEqual(datagram),
            "A response changes when it is read and written.");
        PropertyViolation.Unless(
            ResponseFrame.Examine(exchange.Expected, written, out _, out var error) == ResponseVerdict.Believed,
            $"A written response is not accepted: {error}.");
    }

    private readonly record struct ExchangeInput(
        WireCommand Command, CoinCipher? Cipher, ResponseIv Iv, NameRecordType Type, byte[] Request, ExpectedResponse Expected);
}
