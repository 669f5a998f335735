using System.Text;

namespace Rke.Wire.Tests;

/// <summary>Recorded exchanges with the deployed server: tests/vectors/raidax-captures.json.</summary>
public class CaptureTests
{
    // The values are in the field "about" of the file.
    private static readonly CoinCipher Cipher =
        new(AuthenticityNumber.Read(Convert.FromHexString("101112131415161718191a1b1c1d1e1f")));

    private static readonly CoinId Coin = new(0, 1000);
    private static readonly Nonce Nonce = new(0x0102030405060708);

    public static TheoryData<int> Indexes => [.. Enumerable.Range(0, VectorFile.Captures.Length)];

    [Theory, MemberData(nameof(Indexes))]
    public void A_request_is_read_and_decrypted(int index)
    {
        var request = Hex(index, "request");
        Assert.True(RequestFrame.TryRead(WireProfile.Raidax, request, out var frame, out var error), $"{error}");
        Assert.Equal(Nonce, frame.Header.Nonce);
        Assert.Equal(frame.Header.EncryptionType == 0 ? default : Coin, frame.Header.Coin);
        Assert.True(frame.TryOpen(Cipher, new byte[1400], out var challenge, out var payload, out error), $"{error}");
        Assert.Equal(Convert.FromHexString("c0c1c2c3c4c5c6c7c8c9cacb5a3f7387"), Bytes(challenge));
        switch (frame.Command)
        {
            case WireCommand.PostKey:
                Assert.True(PostKeyPayload.TryRead(WireProfile.Raidax, payload, out var post, out _));
                Assert.Equal(3, post.KeyStart);
                Assert.Equal("THE-KEY-PART-16B", Encoding.ASCII.GetString(post.KeyPart));
                Assert.Equal("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf", post.Hash.ToString());
                break;
            case WireCommand.GetKey:
                Assert.True(GetKeyPayload.TryRead(WireProfile.Raidax, payload, out var get, out _));
                Assert.Equal("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf", get.Hash.ToString());
                break;
            default:
                Assert.Equal(WireCommand.Echo, frame.Command);
                break;
        }
    }

    [Theory, MemberData(nameof(Indexes))]
    public void A_response_is_accepted_and_decrypted(int index)
    {
        var request = Hex(index, "request");
        Assert.True(RequestFrame.TryRead(WireProfile.Raidax, request, out var sent, out _));
        Assert.True(sent.TryOpen(Cipher, new byte[1400], out var challenge, out _, out _));
        var cipher = sent.Header.EncryptionType == 0 ? null : Cipher;
        var address = new RequestAddress(WireProfile.Raidax, 6, sent.Header.RaidaId, Coin);
        var expected = ExpectedResponse.To(address, sent.Command, Nonce, challenge, cipher, request.Length);
        var verdict = ResponseFrame.Examine(expected, Hex(index, "response"), out var frame, out var error);
        Assert.Equal((ResponseVerdict.Believed, WireError.None), (verdict, error));
        Assert.Equal(250, frame.Header.Status);
        if (!VectorFile.Captures[index].ContainsKey("payload"))
        {
            Assert.True(frame.SealedPayload.IsEmpty);
            return;
        }

        var name = (string)VectorFile.Captures[index]["name"]!;
        var (right, wrong) = name.Contains("continued", StringComparison.Ordinal)
            ? (ResponseIv.Continued, ResponseIv.Same)
            : (ResponseIv.Same, ResponseIv.Continued);
        var payload = frame.Open(expected, right, cipher, new byte[100]).ToArray();
        Assert.Equal(Hex(index, "payload"), payload);
        Assert.NotEqual(payload, frame.Open(expected, wrong, cipher, new byte[100]).ToArray());
        Assert.True(GetKeyAnswer.TryRead(WireProfile.Raidax, payload, out var answer, out _));
        Assert.Equal(Coin, answer.Sender);
        Assert.Equal("THE-KEY-PART-16B", Encoding.ASCII.GetString(answer.KeyPart));
        Assert.Null(answer.KeyId);
        Assert.Null(answer.SenderAddress);
    }

    private static byte[] Hex(int index, string field) =>
        Convert.FromHexString((string)VectorFile.Captures[index][field]!);

    private static byte[] Bytes(Challenge challenge)
    {
        var bytes = new byte[16];
        challenge.CopyTo(bytes);
        return bytes;
    }
}
