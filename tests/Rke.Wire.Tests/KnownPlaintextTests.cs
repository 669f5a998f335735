using System.Buffers.Binary;
using System.IO.Hashing;
using System.Security.Cryptography;

namespace Rke.Wire.Tests;

/// <summary>
/// The known-plaintext attacks in docs/SECURITY.md. If a response has the same keystream as its request, an attacker
/// who has both frames and knows the first bytes of the payload can compute the authenticity number of the coin.
/// </summary>
public class KnownPlaintextTests
{
    private const int Header = RequestHeader.Length;
    private const int SignatureStart = 16;
    private const int RaidaxPartStart = 5;

    private static readonly byte[] Number = RandomNumberGenerator.GetBytes(AuthenticityNumber.Length);
    private static readonly byte[] Id = RandomNumberGenerator.GetBytes(KeyId.Length);
    private static readonly byte[] Part = RandomNumberGenerator.GetBytes(40);

    public static TheoryData<ResponseIv> Ivs => [.. Enum.GetValues<ResponseIv>()];

    [Theory, MemberData(nameof(Ivs))]
    public void In_rke_a_known_key_id_does_not_disclose_the_authenticity_number(ResponseIv iv) =>
        Assert.NotEqual(Number, Attack(Id, CollectFromRke(NewChallenge(), iv)));

    [Theory, MemberData(nameof(Ivs))]
    public void In_rke_a_known_record_text_does_not_disclose_the_authenticity_number(ResponseIv iv)
    {
        var text = "[*.example.raida] co=6"u8.ToArray();
        Assert.NotEqual(Number, Attack(text, LookUp(NewChallenge(), iv, text)));
    }

    [Theory, MemberData(nameof(Ivs))]
    public void In_rke_a_request_and_its_response_share_no_keystream_block(ResponseIv iv)
    {
        var challenge = NewChallenge();
        var text = new byte[NameLookupAnswer.MaxTextLength];
        text.AsSpan().Fill((byte)'a');
        var (request, reply) = LookUp(challenge, iv, text);
        byte[] requestBody = [.. Bytes(challenge), (byte)NameRecordType.Txt, .. Question];
        var requestBlocks = Blocks(Xor(request[Header..^ProfileRules.TrailerLength], requestBody));
        var replyBlocks = Blocks(Xor(reply[Header..^ProfileRules.TrailerLength], text));
        Assert.Empty(requestBlocks.Intersect(replyBlocks));
        Assert.Equal(NameLookupAnswer.MaxTextLength / 16, replyBlocks.Distinct().Count());
    }

    [Fact]
    public void In_raidax_with_the_same_iv_a_known_part_discloses_the_authenticity_number() =>
        Assert.Equal(Number, Attack(RaidaxReply(), CollectFromRaidax(NewChallenge(), ResponseIv.Same)));

    [Fact]
    public void In_raidax_a_continued_counter_prevents_the_attack() =>
        Assert.NotEqual(Number, Attack(RaidaxReply(), CollectFromRaidax(NewChallenge(), ResponseIv.Continued)));

    [Fact]
    public void In_raidax_the_hash_discloses_the_key_part_from_its_twelfth_byte()
    {
        const int ChallengeLength = 16;
        var (request, reply) = CollectFromRaidax(NewChallenge(), ResponseIv.Same);
        var requestBody = new byte[RaidaxPartStart + Part.Length];
        KeyId.Read(Id).Hash().CopyTo(requestBody.AsSpan(ChallengeLength));
        var read = Enumerable.Range(ChallengeLength, requestBody.Length - ChallengeLength).Select(index => (byte)(
            request[Header + index] ^ requestBody[index] ^ reply[Header + index]));
        Assert.Equal(Part[(ChallengeLength - RaidaxPartStart)..], read);
    }

    // CRC-32 is linear except for a constant, which is the CRC of zeros.
    [Fact]
    public void Every_signature_discloses_the_same_32_linear_bits_of_the_authenticity_number()
    {
        var disclosed = Enumerable.Range(0, 100).Select(_ =>
        {
            var (_, reply) = CollectFromRke(NewChallenge(), ResponseIv.Same);
            return LinearBits(reply.AsSpan(SignatureStart, AuthenticityNumber.Length))
                ^ Crc32.HashToUInt32(new byte[Challenge.RandomLength]);
        });
        Assert.Equal(LinearBits(Number), Assert.Single(disclosed.Distinct()));
    }

    private static ReadOnlySpan<byte> Question => "raida.example.raida"u8;

    private static Challenge NewChallenge() => Challenge.Create(RandomNumberGenerator.GetBytes(Challenge.RandomLength));

    private static byte[] RaidaxReply() => [0, 0, 0, 0, 7, .. Part];

    private static uint LinearBits(ReadOnlySpan<byte> bytes) =>
        Crc32.HashToUInt32(bytes[..Challenge.RandomLength])
        ^ BinaryPrimitives.ReadUInt32BigEndian(bytes[Challenge.RandomLength..]);

    // The request has challenge XOR keystream, the response payload XOR keystream, and the signature challenge XOR
    // number.
    private static byte[] Attack(byte[] known, (byte[] Request, byte[] Reply) exchange) =>
    [
        .. Enumerable.Range(0, AuthenticityNumber.Length).Select(index => (byte)(
            exchange.Reply[SignatureStart + index] ^ exchange.Request[Header + index] ^ exchange.Reply[Header + index]
            ^ known[index])),
    ];

    private static (byte[] Request, byte[] Reply) CollectFromRke(Challenge challenge, ResponseIv iv)
    {
        var id = KeyId.Read(Id);
        return Exchange(
            WireProfile.Rke, challenge, iv, new GetKeyPayload(id.Hash()), new GetKeyAnswer(id, new(0, 7), senderAddress: null, Part));
    }

    private static (byte[] Request, byte[] Reply) CollectFromRaidax(Challenge challenge, ResponseIv iv) => Exchange(
        WireProfile.Raidax,
        challenge,
        iv,
        new GetKeyPayload(KeyId.Read(Id).Hash()),
        new GetKeyAnswer(null, new(0, 7), senderAddress: null, Part));

    private static (byte[] Request, byte[] Reply) LookUp(Challenge challenge, ResponseIv iv, byte[] text)
    {
        Assert.True(NameLookupPayload.TryCreate(WireProfile.Rke, NameRecordType.Txt, Question, out var question, out _));
        Assert.True(NameLookupAnswer.TryCreateText(text, out var answer));
        return Exchange(WireProfile.Rke, challenge, iv, question, answer);
    }

    private static (byte[] Request, byte[] Reply) Exchange<TRequest, TReply>(
        WireProfile profile, Challenge challenge, ResponseIv iv, TRequest question, TReply answer)
        where TRequest : IPayload, allows ref struct
        where TReply : IPayload, allows ref struct
    {
        using var cipher = new CoinCipher(AuthenticityNumber.Read(Number));
        var request = new byte[RequestFrame.Measure(profile, question)];
        var address = new RequestAddress(profile, 6, 14, new(0, 1000));
        RequestFrame.Write(request, address, new(0x0102030405060708), challenge, question, cipher);
        Assert.True(RequestFrame.TryRead(profile, request, out var frame, out _));
        var reply = new byte[ProfileRules.MaxResponseLength];
        var length = ResponseFrame.Write(reply, frame, challenge, executionTime: 0, answer, iv, cipher);
        return (request, reply[..length]);
    }

    private static byte[] Bytes(Challenge challenge)
    {
        var bytes = new byte[Challenge.Length];
        challenge.CopyTo(bytes);
        return bytes;
    }

    private static byte[] Xor(byte[] left, byte[] right) => [.. left.Zip(right, (one, other) => (byte)(one ^ other))];

    private static string[] Blocks(byte[] keystream) =>
        [.. keystream.Chunk(16).Where(block => block.Length == 16).Select(Convert.ToHexString)];
}
