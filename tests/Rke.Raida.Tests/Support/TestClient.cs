using System.Buffers.Binary;
using Rke.Wire;

namespace Rke.Raida.Tests.Support;

/// <summary>A client with a coin. It creates requests.</summary>
internal sealed class TestClient : IDisposable
{
    private ulong _counter;

    public TestClient(CoinId coin, WireProfile profile = WireProfile.Rke, byte raidaId = 14, ushort network = 6)
    {
        Coin = coin;
        Profile = profile;
        RaidaId = raidaId;
        Network = network;
        Cipher = new CoinCipher(NumberOf(coin));
    }

    public CoinId Coin { get; }

    public WireProfile Profile { get; }

    public byte RaidaId { get; init; }

    public ushort Network { get; init; }

    public CoinCipher Cipher { get; init; }

    /// <summary>Two clients of a coin send different datagrams if they count from different numbers.</summary>
    public ulong FirstCounter { init => _counter = value; }

    public static AuthenticityNumber NumberOf(CoinId coin)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, coin.SerialNumber);
        bytes[4] = (byte)coin.Denomination;
        bytes[15] = 0xA5;
        return AuthenticityNumber.Read(bytes);
    }

    /// <summary>A key id made from a number.</summary>
    public static KeyId IdOf(int number)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return KeyId.Read(bytes);
    }

    public TestRequest Echo(bool plain = false) => Make(default(EchoPayload), plain);

    public TestRequest Post(KeyId id, byte[] part, int start = 7, bool plain = false)
    {
        var right = PostKeyPayload.TryCreate(Profile, id, Coin, start, part, new byte[128], out var payload, out var error);
        Assert.True(right, $"{error}");
        return Make(payload, plain);
    }

    public TestRequest Get(KeyId id, bool plain = false) => Make(new GetKeyPayload(id.Hash()), plain);

    public TestRequest LookUp(NameRecordType type, string name, bool plain = true)
    {
        Assert.True(NameLookupPayload.TryCreate(
            Profile, type, System.Text.Encoding.ASCII.GetBytes(name), out var payload, out var error), $"{error}");
        return Make(payload, plain);
    }

    public TestRequest Make<TPayload>(in TPayload payload, bool plain)
        where TPayload : IPayload, allows ref struct
    {
        var nonce = new Nonce(0x0A0B_0C0D_0000_0000 + (++_counter * 0x10001));
        Span<byte> random = stackalloc byte[12];
        BinaryPrimitives.WriteUInt64BigEndian(random, _counter);
        var challenge = Challenge.Create(random);
        var address = new RequestAddress(Profile, Network, RaidaId, Coin);
        var bytes = new byte[RequestFrame.Measure(Profile, payload)];
        var cipher = plain ? null : Cipher;
        var length = RequestFrame.Write(bytes, address, nonce, challenge, payload, cipher);
        var expected = ExpectedResponse.To(address, payload.Command, nonce, challenge, cipher, length);
        return new(bytes, expected, cipher);
    }

    public void Dispose() => Cipher.Dispose();
}
