namespace Rke.Wire.Tests;

/// <summary>Wrong requests are rejected with the right error.</summary>
public class RejectedRequestTests
{
    private static readonly CoinCipher OtherCipher = new(AuthenticityNumber.Read("another number!!"u8));

    public static TheoryData<string> Names => VectorTests.Names;

    [Theory, MemberData(nameof(Names))]
    public void Every_truncated_prefix_is_rejected(string name)
    {
        var vector = new Vector(name);
        var whole = vector.Hex("request");
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.False(RequestFrame.TryRead(vector.Profile, whole.AsSpan(0, length), out _, out var error));
            var expected = length < 32
                ? WireError.TooShort
                : length == 32 ? WireError.BodyEmpty : WireError.LengthWrong;
            Assert.Equal(expected, error);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void A_truncated_body_with_a_matching_length_is_rejected(string name)
    {
        var vector = new Vector(name);
        var whole = vector.Hex("request");
        for (var body = 0; body < whole.Length - 32; body++)
        {
            var frame = whole[..(32 + body)];
            frame[22] = (byte)(body >> 8);
            frame[23] = (byte)body;
            if (body >= 2)
            {
                whole.AsSpan(whole.Length - 2).CopyTo(frame.AsSpan(frame.Length - 2));
            }

            // The length of a Signal can match a smaller count. In this case the payload is invalid.
            var read = RequestFrame.TryRead(vector.Profile, frame, out var request, out var error);
            if (read)
            {
                Assert.Equal(WireCommand.Signal, vector.Command);
                Assert.True(request.TryOpen(null, new byte[1400], out _, out var payload, out _));
                Assert.False(SignalPayload.TryRead(payload, new SignalPart[16], out _, out error));
            }

            Assert.Equal(body == 0 ? WireError.BodyEmpty : WireError.BodyLengthWrong, error);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Every_wrong_bit_of_a_fixed_byte_is_rejected(string name)
    {
        var vector = new Vector(name);
        var frame = vector.Hex("request");
        foreach (var (offset, reasons) in FixedBytes(vector, frame))
        {
            for (var bit = 0; bit < 8; bit++)
            {
                frame[offset] ^= (byte)(1 << bit);
                if (RequestFrame.TryRead(vector.Profile, frame, out var request, out var error))
                {
                    // In raidax, a Get Key and a Signal with one part have the same length. In this case the payload is
                    // invalid.
                    Assert.Equal(
                        (5, WireCommand.Signal, WireProfile.Raidax), (offset, request.Command, vector.Profile));
                    Assert.True(request.TryOpen(vector.Cipher, new byte[100], out _, out var payload, out _));
                    Assert.False(SignalPayload.TryRead(payload, new SignalPart[16], out _, out error));
                    Assert.NotEqual(WireError.None, error);
                }
                else
                {
                    Assert.Contains(error, reasons);
                }

                frame[offset] ^= (byte)(1 << bit);
            }
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Every_wrong_bit_of_nonce_and_challenge_is_rejected(string name)
    {
        var vector = new Vector(name);
        var frame = vector.Hex("request");
        var plain = new byte[frame.Length];
        var first = vector.Cipher is null ? 32 : 24;
        for (var offset = first; offset < 48; offset++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                frame[offset] ^= (byte)(1 << bit);
                Assert.True(RequestFrame.TryRead(vector.Profile, frame, out var request, out _));
                Assert.False(request.TryOpen(vector.Cipher, plain, out _, out _, out var error));
                Assert.Equal(WireError.ChallengeWrong, error);
                frame[offset] ^= (byte)(1 << bit);
            }
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Another_authenticity_number_does_not_decrypt_it(string name)
    {
        var vector = new Vector(name);
        Assert.True(RequestFrame.TryRead(vector.Profile, vector.Hex("request"), out var request, out _));
        var plain = new byte[1400];
        Assert.Equal(vector.Cipher is null, request.TryOpen(OtherCipher, plain, out _, out _, out var error));
        Assert.Equal(vector.Cipher is null ? WireError.None : WireError.ChallengeWrong, error);
        Assert.Equal(vector.Cipher is null, request.TryOpen(null, plain, out _, out _, out error));
        Assert.Equal(vector.Cipher is null ? WireError.None : WireError.CoinMissing, error);
    }

    [Theory, MemberData(nameof(Names))]
    public void A_datagram_that_is_too_long_is_rejected(string name)
    {
        var vector = new Vector(name);
        var frame = vector.Hex("request").Concat(new byte[1500]).ToArray();
        Assert.False(RequestFrame.TryRead(vector.Profile, frame.AsSpan(0, vector.Hex("request").Length + 1), out _, out var error));
        Assert.Equal(WireError.LengthWrong, error);
        Assert.False(RequestFrame.TryRead(vector.Profile, frame, out _, out error));
        Assert.Equal(WireError.TooLong, error);
    }

    [Fact]
    public void A_raida_id_above_24_is_rejected()
    {
        var frame = new Vector("rke-echo-0").Hex("request");
        for (var raida = 0; raida <= byte.MaxValue; raida++)
        {
            frame[2] = (byte)raida;
            Assert.Equal(raida < 25, RequestFrame.TryRead(WireProfile.Rke, frame, out _, out var error));
            Assert.Equal(raida < 25 ? WireError.None : WireError.RaidaIdWrong, error);
        }
    }

    private static IEnumerable<(int Offset, WireError[] Reasons)> FixedBytes(Vector vector, byte[] frame)
    {
        yield return (0, [WireError.RoutingVersionWrong]);
        yield return (1, [WireError.SplitWrong]);
        yield return (3, [WireError.ShardWrong]);
        WireError[] otherCommand =
        [
            // The changed bit can give another command. Its body has another length, or it is a Signal, which is not
            // encrypted.
            WireError.GroupUnknown, WireError.CommandUnknown, WireError.BodyLengthWrong, WireError.RaidaIdWrong,
            WireError.EncryptionTypeWrong,
        ];
        yield return (4, otherCommand);
        yield return (5, otherCommand);
        yield return (16, [WireError.EncryptionTypeWrong, WireError.CoinNotZero]);
        yield return (22, [WireError.LengthWrong]);
        yield return (23, [WireError.LengthWrong]);
        yield return (frame.Length - 2, [WireError.TrailerWrong]);
        yield return (frame.Length - 1, [WireError.TrailerWrong]);
        if (vector.Profile == WireProfile.Rke)
        {
            // The deployed server does not read these bytes.
            for (var offset = 8; offset < 16; offset++)
            {
                yield return (offset, [WireError.PresentationWrong]);
            }
        }

        if (vector.Cipher is null)
        {
            if (RequestHeader.IsForReceiver(vector.Command))
            {
                yield return (2, [WireError.RaidaIdWrong]);
            }

            for (var offset = 17; offset < 22; offset++)
            {
                yield return (offset, [WireError.CoinNotZero]);
            }

            for (var offset = 24; offset < 30; offset++)
            {
                yield return (offset, [WireError.NonceNotZero]);
            }
        }
    }
}
