using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Rke.Wire;

namespace Rke.Testing;

/// <summary>One entry of tests/vectors/wire.json or optional.json, and the frames that this library creates from its inputs.</summary>
public sealed class Vector
{
    public Vector(string name)
    {
        Json = VectorFile.Wire.Concat(VectorFile.Optional).Single(vector => (string)vector["name"]! == name);
        Profile = Enum.Parse<WireProfile>((string)Json["profile"]!, ignoreCase: true);
        Command = (string)Json["command"]! switch
        {
            "echo" => WireCommand.Echo,
            "post_key" => WireCommand.PostKey,
            "get_key" => WireCommand.GetKey,
            "signal" => WireCommand.Signal,
            "exchange_keys" => WireCommand.ExchangeKeys,
            "free_account" => WireCommand.FreeAccount,
            "paid_account" => WireCommand.PaidAccount,
            var other => throw new InvalidDataException($"{name}: unknown command {other}"),
        };
        Nonce = new(ulong.Parse((string)Json["nonce"]!, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        Challenge = Wire.Challenge.Create(Hex("challenge_random"));
        Cipher = Json.ContainsKey("authenticity_number")
            ? new CoinCipher(AuthenticityNumber.Read(Hex("authenticity_number")))
            : null;
        Address = new(
            Profile,
            (ushort)Json["network"]!,
            (byte)Json["raida"]!,
            Cipher is null ? default : new((sbyte)Json["denomination"]!, (uint)Json["serial_number"]!));
    }

    public JsonObject Json { get; }

    public WireProfile Profile { get; }

    public WireCommand Command { get; }

    public Nonce Nonce { get; }

    public Challenge Challenge { get; }

    public CoinCipher? Cipher { get; }

    public RequestAddress Address { get; }

    public KeyId KeyId => Wire.KeyId.Read(Hex("key_id"));

    public CoinId Sender => new((sbyte)Json["sender_denomination"]!, (uint)Json["sender_serial_number"]!);

    public IPAddress SenderAddress => IPAddress.Parse((string)Json["sender_address"]!);

    public CacheableKeyId CacheableId =>
        Json.ContainsKey("cacheable_key_id") ? CacheableKeyId.Read(Hex("cacheable_key_id")) : default;

    public KeySlot[] Slots => [.. Json["slots"]!.AsArray().Select(slot => new KeySlot(
        (ushort)slot!["network"]!,
        (byte)slot["raida"]!,
        slot["serial_number"] is null ? default : new((sbyte)slot["denomination"]!, (uint)slot["serial_number"]!),
        Wire.KeyId.Read(Convert.FromHexString((string)slot["key_id"]!))))];

    public CoinId Proposed => new((sbyte)Json["new_denomination"]!, (uint)Json["new_serial_number"]!);

    public CoinId Paying => new((sbyte)Json["paying_denomination"]!, (uint)Json["paying_serial_number"]!);

    public AccountAnswer Account => new(Command, AuthenticityNumber.Read(Hex("new_authenticity_number")));

    public SignalPart[] Parts => [.. Json["parts"]!.AsArray().Select(ReadPart)];

    public SignalAnswer Used
    {
        get
        {
            var flags = Json["used"]!.AsArray();
            var bits = Enumerable.Range(0, flags.Count).Where(index => (bool)flags[index]!).Sum(index => 1 << index);
            return new((ushort)bits);
        }
    }

    public ExpectedResponse Expected =>
        ExpectedResponse.To(Address, Command, Nonce, Challenge, Cipher, Hex("request").Length);

    public byte[] Hex(string field) => Convert.FromHexString((string)Json[field]!);

    public byte[] WriteRequest()
    {
        switch (Command)
        {
            case WireCommand.PostKey:
                Assert.True(PostKeyPayload.TryCreate(
                    Profile,
                    KeyId,
                    sender: default,
                    (int)Json["key_start"]!,
                    Hex("key_part"),
                    Hex("padding"),
                    out var post,
                    out _));
                return WriteRequest(post);
            case WireCommand.GetKey:
                return WriteRequest(new GetKeyPayload(KeyId.Hash()));
            case WireCommand.Signal:
                var fill = Json["parts"]!.AsArray()
                    .SelectMany(part => Convert.FromHexString(((string)part!["fill"]!).PadRight(24, '0')))
                    .ToArray();
                Assert.True(SignalPayload.TryCreate(Parts, fill, out var signal, out _));
                return WriteRequest(signal);
            case WireCommand.ExchangeKeys:
                Assert.True(ExchangeKeysPayload.TryCreate(CacheableId, Slots, out var exchange, out _));
                return WriteRequest(exchange);
            case WireCommand.FreeAccount:
                return WriteRequest(new FreeAccountPayload(Proposed));
            case WireCommand.PaidAccount:
                return WriteRequest(new PaidAccountPayload(Paying, Proposed, Hex("paying_authenticity_numbers")));
            default:
                return WriteRequest(default(EchoPayload));
        }
    }

    public byte[] WriteResponse()
    {
        var buffer = new byte[ProfileRules.MaxResponseLength];
        var time = (uint)Json["execution_time_ns"]!;
        Assert.True(RequestFrame.TryRead(Profile, Hex("request"), out var request, out _));
        var status = (byte)Json["status"]!;
        var length = Command switch
        {
            WireCommand.ExchangeKeys when status == ExchangeKeysAnswer.Status => ResponseFrame.Write(
                buffer, request, Challenge, time, new ExchangeKeysAnswer(Used.Used), ResponseIv.Same, null, status),
            WireCommand.FreeAccount or WireCommand.PaidAccount => ResponseFrame.Write(
                buffer, request, Challenge, time, Account, ResponseIv.Same, null),
            WireCommand.GetKey => ResponseFrame.Write(
                buffer, request, Challenge, time, new GetKeyAnswer(
                    KeyId, Sender, SenderAddress, Hex("key_part")), ResponseIv.Same, Cipher),
            WireCommand.Signal => ResponseFrame.Write(buffer, request, Challenge, time, Used, ResponseIv.Same, null),
            _ => ResponseFrame.WriteStatus(
                buffer,
                Profile,
                request.Header,
                Address.RaidaId,
                status,
                isHeaderError: false,
                Challenge,
                time,
                trailer: Command == WireCommand.PostKey && Profile == WireProfile.Rke,
                Cipher),
        };
        return buffer[..length];
    }

    private static SignalPart ReadPart(JsonNode? part) => new(
        KeyIdHash.Read(Convert.FromHexString((string)part!["key_id_hash"]!)),
        new IPEndPoint(IPAddress.Parse((string)part["address"]!), (int)part["port"]!));

    private byte[] WriteRequest<TPayload>(TPayload payload)
        where TPayload : IPayload, allows ref struct
    {
        var buffer = new byte[RequestFrame.Measure(Profile, payload)];
        Assert.Equal(buffer.Length, RequestFrame.Write(buffer, Address, Nonce, Challenge, payload, Cipher));
        return buffer;
    }
}
