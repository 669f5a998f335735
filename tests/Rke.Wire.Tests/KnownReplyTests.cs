using System.Security.Cryptography;

namespace Rke.Wire.Tests;

/// <summary>
/// What docs/SECURITY.md says of replies that are encrypted like their requests: who sees both and knows how the reply
/// begins, learns the coin's number. The wire is so; these tests keep the page true.
/// </summary>
public class KnownReplyTests
{
    private const int Header = RequestHeader.Length;
    private const int SignatureStart = 16;

    private static readonly byte[] Number = RandomNumberGenerator.GetBytes(AuthenticityNumber.Length);
    private static readonly byte[] Id = RandomNumberGenerator.GetBytes(KeyId.Length);

    [Fact]
    public void Who_knows_the_key_id_learns_the_number_of_whoever_collects_the_part() =>
        Assert.Equal(Number, Attack(ResponseIv.Same, Id, Collect));

    [Fact]
    public void Who_knows_the_text_of_a_name_learns_the_number_of_whoever_looks_it_up()
    {
        var text = "[*.example.raida] co=6"u8.ToArray();
        Assert.Equal(Number, Attack(ResponseIv.Same, text, (secret, _) => LookUp(secret, text)));
    }

    [Fact]
    public void Where_the_reply_counts_on_nobody_learns_it() =>
        Assert.NotEqual(Number, Attack(ResponseIv.Continued, Id, Collect));

    [Fact]
    public void In_raidax_who_knows_the_hash_reads_a_part_from_its_twelfth_byte_on()
    {
        const int Challenged = 16;
        const int PartStart = 5;
        var part = RandomNumberGenerator.GetBytes(40);
        var hash = KeyId.Read(Id).Hash();
        var (request, reply) = Exchange(
            WireProfile.Raidax,
            (Number, RandomNumberGenerator.GetBytes(Challenge.RandomLength)),
            ResponseIv.Same,
            new GetKeyPayload(hash),
            new GetKeyAnswer(null, new(0, 7), senderAddress: null, part));
        var asked = new byte[PartStart + part.Length];
        hash.CopyTo(asked.AsSpan(Challenged));
        var read = Enumerable.Range(Challenged, asked.Length - Challenged).Select(index => (byte)(
            request[Header + index] ^ asked[index] ^ reply[Header + index]));
        Assert.Equal(part[(Challenged - PartStart)..], read);
    }

    // Request: challenge under the keystream. Reply: its payload under the same. Signature: challenge under the number.
    private static byte[] Attack(
        ResponseIv iv, byte[] known, Func<(byte[] Number, byte[] Challenge), ResponseIv, (byte[] Request, byte[] Reply)> see)
    {
        var (request, reply) = see((Number, RandomNumberGenerator.GetBytes(Challenge.RandomLength)), iv);
        return
        [
            .. Enumerable.Range(0, AuthenticityNumber.Length).Select(index => (byte)(
                reply[SignatureStart + index] ^ request[Header + index] ^ reply[Header + index] ^ known[index])),
        ];
    }

    private static (byte[] Request, byte[] Reply) Collect((byte[] Number, byte[] Challenge) secret, ResponseIv iv)
    {
        var id = KeyId.Read(Id);
        return Exchange(
            WireProfile.Rke, secret, iv, new GetKeyPayload(id.Hash()), new GetKeyAnswer(id, new(0, 7), senderAddress: null, new byte[8]));
    }

    private static (byte[] Request, byte[] Reply) LookUp((byte[] Number, byte[] Challenge) secret, byte[] text)
    {
        Assert.True(NameLookupPayload.TryCreate(
            WireProfile.Rke, NameRecordType.Txt, "raida.example.raida"u8, out var question, out _));
        Assert.True(NameLookupAnswer.TryCreateText(text, out var answer));
        return Exchange(WireProfile.Rke, secret, ResponseIv.Same, question, answer);
    }

    private static (byte[] Request, byte[] Reply) Exchange<TRequest, TReply>(
        WireProfile profile, (byte[] Number, byte[] Challenge) secret, ResponseIv iv, TRequest question, TReply answer)
        where TRequest : IPayload, allows ref struct
        where TReply : IPayload, allows ref struct
    {
        using var cipher = new CoinCipher(AuthenticityNumber.Read(secret.Number));
        var challenge = Challenge.Create(secret.Challenge);
        var request = new byte[RequestFrame.Measure(profile, question)];
        var address = new RequestAddress(profile, 6, 14, new(0, 1000));
        RequestFrame.Write(request, address, new(0x0102030405060708), challenge, question, cipher);
        Assert.True(RequestFrame.TryRead(profile, request, out var frame, out _));
        var reply = new byte[ProfileRules.MaxResponseLength];
        var length = ResponseFrame.Write(reply, frame, challenge, executionTime: 0, answer, iv, cipher);
        return (request, reply[..length]);
    }
}
