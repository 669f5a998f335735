namespace Rke.Wire.Tests;

/// <summary>A forged, truncated or late response, or a response to another request, is not accepted.</summary>
public class RejectedResponseTests
{
    public static TheoryData<string> Names => VectorTests.Names;

    [Theory, MemberData(nameof(Names))]
    public void Every_truncated_prefix_is_ignored(string name)
    {
        var vector = new Vector(name);
        var whole = vector.Hex("response");
        for (var length = 0; length < whole.Length; length++)
        {
            var verdict = ResponseFrame.Examine(vector.Expected, whole.AsSpan(0, length), out _, out var error);
            Assert.Equal(ResponseVerdict.Ignored, verdict);
            Assert.Equal(length < 32 ? WireError.TooShort : WireError.LengthWrong, error);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void A_truncated_body_with_a_matching_size_is_ignored(string name)
    {
        var vector = new Vector(name);
        var whole = vector.Hex("response");
        for (var body = 0; body < whole.Length - 32; body++)
        {
            var cut = whole[..(32 + body)];
            (cut[9], cut[10], cut[11]) = (0, (byte)(body >> 8), (byte)body);
            if (body >= 2)
            {
                whole.AsSpan(whole.Length - 2).CopyTo(cut.AsSpan(cut.Length - 2));
            }

            var verdict = ResponseFrame.Examine(vector.Expected, cut, out var frame, out var error);
            if (verdict == ResponseVerdict.Believed && vector.Command == WireCommand.GetKey)
            {
                // Some lengths match a shorter key. In rke, KL does not match, and 37 bytes mean "no key in the
                // response".
                var payload = frame.Open(vector.Expected, ResponseIv.Same, vector.Cipher, new byte[100]);
                var read = GetKeyAnswer.TryRead(vector.Profile, payload, out var answer, out _);
                Assert.True(!read || answer.KeyPart.IsEmpty || vector.Profile == WireProfile.Raidax);
            }
            else if (verdict == ResponseVerdict.Believed)
            {
                // A success of Post Key in rke can have no trailer (docs/WIRE.md §5).
                Assert.True(vector.Command == WireCommand.PostKey && body == 0);
            }
            else
            {
                Assert.Equal(ResponseVerdict.Ignored, verdict);
                Assert.Equal(body == 1 ? WireError.TrailerWrong : WireError.BodyLengthWrong, error);
            }
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void A_success_with_extra_bytes_is_ignored(string name)
    {
        var vector = new Vector(name);
        var whole = vector.Hex("response");
        byte[] trailer = vector.Profile == WireProfile.Rke ? [0xE3, 0xE3] : [0x3E, 0x3E];
        byte[] longer = [.. whole[..Math.Max(32, whole.Length - 2)], 0x55, .. trailer];
        longer[11] = (byte)(longer.Length - 32);
        Assert.Equal(ResponseVerdict.Ignored, ResponseFrame.Examine(vector.Expected, longer, out _, out var error));
        Assert.Equal(WireError.BodyLengthWrong, error);
        Assert.Equal(ResponseVerdict.Ignored, ResponseFrame.Examine(vector.Expected, [.. whole, 0], out _, out error));
        Assert.Equal(WireError.LengthWrong, error);
    }

    [Theory, MemberData(nameof(Names))]
    public void Every_wrong_bit_of_a_fixed_byte_is_ignored(string name)
    {
        var vector = new Vector(name);
        var frame = vector.Hex("response");
        foreach (var (offset, reason) in FixedBytes(vector, frame))
        {
            for (var bit = 0; bit < 8; bit++)
            {
                frame[offset] ^= (byte)(1 << bit);
                Assert.Equal(
                    ResponseVerdict.Ignored, ResponseFrame.Examine(vector.Expected, frame, out _, out var error));
                Assert.Equal(reason, error);
                frame[offset] ^= (byte)(1 << bit);
            }
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void A_response_to_any_other_request_is_ignored(string name)
    {
        var vector = new Vector(name);
        foreach (var other in VectorFile.Wire.Select(json => new Vector((string)json["name"]!)).Where(other => other.Json != vector.Json))
        {
            var verdict = ResponseFrame.Examine(vector.Expected, other.Hex("response"), out _, out var error);
            Assert.NotEqual(ResponseVerdict.Believed, verdict);
            Assert.NotEqual(WireError.None, error);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void A_signed_error_is_accepted_and_an_unsigned_error_is_a_hint(string name)
    {
        var vector = new Vector(name);
        var status = vector.Profile == WireProfile.Rke ? (byte)0 : (byte)252;
        var signed = Status(vector, status, isHeaderError: false, vector.Challenge);
        var unsigned = Status(vector, status, isHeaderError: false, challenge: null);
        Assert.Equal(ResponseVerdict.Believed, ResponseFrame.Examine(vector.Expected, signed, out _, out _));
        Assert.Equal(ResponseVerdict.Hint, ResponseFrame.Examine(vector.Expected, unsigned, out _, out var error));
        Assert.Equal(WireError.SignatureWrong, error);

        // An error can have a trailer, but no payload.
        var body = vector.Hex("request")[^2..];
        byte[] trailed = [.. signed, .. body];
        trailed[11] = 2;
        Assert.Equal(ResponseVerdict.Believed, ResponseFrame.Examine(vector.Expected, trailed, out _, out _));
        byte[] padded = [.. signed, 0, .. body];
        padded[11] = 3;
        Assert.Equal(ResponseVerdict.Ignored, ResponseFrame.Examine(vector.Expected, padded, out _, out error));
        Assert.Equal(WireError.BodyUnexpected, error);

        // A hint must have the right echo.
        unsigned[7] ^= 1;
        Assert.Equal(ResponseVerdict.Ignored, ResponseFrame.Examine(vector.Expected, unsigned, out _, out error));
        Assert.Equal(WireError.EchoWrong, error);
    }

    [Theory, MemberData(nameof(Names))]
    public void An_unsigned_success_is_ignored(string name)
    {
        var vector = new Vector(name);
        var frame = vector.Hex("response");
        frame.AsSpan(16, 16).Clear();
        Assert.Equal(ResponseVerdict.Ignored, ResponseFrame.Examine(vector.Expected, frame, out _, out var error));
        Assert.Equal(WireError.SignatureWrong, error);
    }

    [Theory, MemberData(nameof(Names))]
    public void Group_zero_is_a_header_error_only_in_the_rke_profile(string name)
    {
        var vector = new Vector(name);
        var frame = Status(vector, 37, isHeaderError: true, vector.Challenge);
        frame[3] = 0;
        var verdict = ResponseFrame.Examine(vector.Expected, frame, out var response, out _);
        var isRke = vector.Profile == WireProfile.Rke;
        Assert.Equal(
            isRke || vector.Command == WireCommand.Echo ? ResponseVerdict.Believed : ResponseVerdict.Hint, verdict);
        Assert.Equal(isRke, response.IsHeaderError);
        Assert.Equal(
            WireStatus.ChallengeWrong,
            WireStatuses.Interpret(vector.Profile, vector.Command, response.IsHeaderError, response.Header.Status));
    }

    private static byte[] Status(Vector vector, byte status, bool isHeaderError, Challenge? challenge)
    {
        var buffer = new byte[64];
        Assert.True(RequestFrame.TryRead(vector.Profile, vector.Hex("request"), out var request, out _));
        var length = ResponseFrame.WriteStatus(
            buffer, vector.Profile, request.Header, vector.Address.RaidaId, status, isHeaderError, challenge, 1, false, vector.Cipher);
        return buffer[..length];
    }

    private static IEnumerable<(int Offset, WireError Reason)> FixedBytes(Vector vector, byte[] frame)
    {
        // The signature does not cover the status (2), the execution time (12-15) and the payload.
        yield return (0, WireError.RaidaIdWrong);
        yield return (1, WireError.ShardWrong);
        if ((int)vector.Json["status"]! == ProfileRules.Success(vector.Profile))
        {
            // With group 0, the other statuses of Exchange Keys are header errors.
            yield return (3, WireError.GroupWrong);
        }

        yield return (4, WireError.FrameCountWrong);
        yield return (5, WireError.FrameCountWrong);
        yield return (6, WireError.EchoWrong);
        yield return (7, WireError.EchoWrong);
        yield return (8, WireError.ReservedNotZero);
        yield return (9, WireError.LengthWrong);
        yield return (10, WireError.LengthWrong);
        yield return (11, WireError.LengthWrong);
        for (var offset = 16; offset < 32; offset++)
        {
            yield return (offset, WireError.SignatureWrong);
        }

        if (frame.Length > 32)
        {
            yield return (frame.Length - 2, WireError.TrailerWrong);
            yield return (frame.Length - 1, WireError.TrailerWrong);
        }
    }
}
