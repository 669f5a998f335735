using System.Text;

namespace Rke.Wire.Tests;

/// <summary>Reading bytes from outside never throws.</summary>
public class HostileBytesTests
{
    private const int Seed = 20261122;

    [Fact]
    public void Random_bytes_never_throw()
    {
        var random = new Random(Seed);
        var buffer = new byte[2100];
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = buffer.AsSpan(0, random.Next(buffer.Length));
            random.NextBytes(bytes);
            ReadAll(bytes);
        }
    }

    [Fact]
    public void Frames_with_random_changes_never_throw()
    {
        var random = new Random(Seed);
        var frames = VectorFile.Wire.Concat(VectorFile.Optional).SelectMany(json => (string[])[(string)json["request"]!, (string)json["response"]!])
            .Select(Convert.FromHexString).ToArray();
        var buffer = new byte[2100];
        for (var round = 0; round < 20_000; round++)
        {
            var frame = frames[random.Next(frames.Length)];
            frame.CopyTo(buffer.AsSpan());
            for (var change = random.Next(4); change > 0; change--)
            {
                buffer[random.Next(frame.Length)] = (byte)random.Next(256);
            }

            ReadAll(buffer.AsSpan(0, random.Next(3) == 0 ? random.Next(frame.Length + 40) : frame.Length));
        }
    }

    [Theory]
    [InlineData(WireProfile.Rke)]
    [InlineData(WireProfile.Raidax)]
    public void A_wrong_declared_length_is_rejected(WireProfile profile)
    {
        var prefix = profile == WireProfile.Rke ? "rke-get_key-6" : "raidax-get_key-18";
        var vector = new Vector(prefix);
        var request = vector.Hex("request");
        var response = vector.Hex("response");
        for (var length = 0; length <= ushort.MaxValue; length += length < 2048 ? 1 : 97)
        {
            (request[22], request[23]) = ((byte)(length >> 8), (byte)length);
            Assert.Equal(length == request.Length - 32, RequestFrame.TryRead(profile, request, out _, out _));
            foreach (byte high in (byte[])[0, 1, 0xFF])
            {
                (response[9], response[10], response[11]) = (high, (byte)(length >> 8), (byte)length);
                var verdict = ResponseFrame.Examine(vector.Expected, response, out _, out _);
                Assert.Equal(high == 0 && length == response.Length - 32, verdict == ResponseVerdict.Believed);
            }
        }
    }

    [Theory]
    [InlineData(WireProfile.Rke)]
    [InlineData(WireProfile.Raidax)]
    public void Key_length_is_checked_before_key_start(WireProfile profile)
    {
        var payload = new byte[profile == WireProfile.Rke ? 146 : 167];
        var (startAt, lengthAt) = profile == WireProfile.Rke ? (16, 17) : (165, 166);
        var room = profile == WireProfile.Rke ? 128 : 127;
        for (var start = 0; start <= byte.MaxValue; start++)
        {
            for (var length = 0; length <= byte.MaxValue; length++)
            {
                (payload[startAt], payload[lengthAt]) = ((byte)start, (byte)length);
                var expected = length is not (4 or 8 or 16 or 24 or 32 or 40) ? WireError.KeyLengthInvalid
                    : start + length > room ? WireError.KeyStartInvalid
                    : WireError.None;
                Assert.Equal(
                    expected == WireError.None, PostKeyPayload.TryRead(profile, payload, out var post, out var error));
                Assert.Equal(expected, error);
                Assert.Equal(expected == WireError.None ? length : 0, post.KeyPart.Length);
            }
        }
    }

    [Theory]
    [InlineData(WireProfile.Rke)]
    [InlineData(WireProfile.Raidax)]
    public void A_get_key_response_has_one_of_the_valid_lengths(WireProfile profile)
    {
        int[] parts = [4, 8, 16, 24, 32, 40];
        int[] right = profile == WireProfile.Rke
            ? [37, .. parts.Select(part => 38 + part)]
            : [.. parts.Select(part => 5 + part)];
        for (var length = 0; length < 100; length++)
        {
            var payload = new byte[length];
            if (profile == WireProfile.Rke && length > 37)
            {
                payload[37] = (byte)(length - 38);
            }

            Assert.Equal(right.Contains(length), GetKeyAnswer.TryRead(profile, payload, out _, out var error));
            Assert.Equal(right.Contains(length), error == WireError.None);
        }
    }

    [Theory]
    [InlineData(WireProfile.Rke, 1, "www.example.com", WireError.None)]
    [InlineData(WireProfile.Rke, 2, "_rke._udp.example.com", WireError.None)]
    [InlineData(WireProfile.Rke, 3, "raida.example.com", WireError.None)]
    [InlineData(WireProfile.Raidax, 1, "www.example.com", WireError.None)]
    [InlineData(WireProfile.Raidax, 2, "_rke.example.com", WireError.NameInvalid)]
    [InlineData(WireProfile.Raidax, 3, "example.com", WireError.RecordTypeInvalid)]
    [InlineData(WireProfile.Rke, 0, "example.com", WireError.RecordTypeInvalid)]
    [InlineData(WireProfile.Rke, 4, "example.com", WireError.RecordTypeInvalid)]
    [InlineData(WireProfile.Rke, 1, "", WireError.NameInvalid)]
    [InlineData(WireProfile.Rke, 1, "two words", WireError.NameInvalid)]
    [InlineData(WireProfile.Rke, 1, "nul\0", WireError.NameInvalid)]
    public void A_name_lookup_has_a_known_type_and_an_ascii_name(
        WireProfile profile, byte type, string name, WireError expected)
    {
        byte[] payload = [type, .. Encoding.ASCII.GetBytes(name)];
        Assert.Equal(expected == WireError.None, NameLookupPayload.TryRead(profile, payload, out _, out var error));
        Assert.Equal(expected, error);
        Assert.Equal(
            expected == WireError.None,
            NameLookupPayload.TryCreate(profile, (NameRecordType)type, payload.AsSpan(1), out _, out error));
        Assert.Equal(expected, error);
    }

    [Fact]
    public void A_name_has_at_most_253_bytes_and_a_text_1200()
    {
        var bytes = new byte[1300];
        bytes.AsSpan().Fill((byte)'a');
        Assert.True(NameLookupPayload.TryCreate(WireProfile.Rke, NameRecordType.A, bytes.AsSpan(0, 253), out _, out _));
        Assert.False(
            NameLookupPayload.TryCreate(WireProfile.Rke, NameRecordType.A, bytes.AsSpan(0, 254), out _, out var error));
        Assert.Equal(WireError.NameInvalid, error);
        Assert.True(NameLookupAnswer.TryRead(WireProfile.Rke, NameRecordType.Txt, bytes.AsSpan(0, 1200), out _, out _));
        Assert.False(NameLookupAnswer.TryRead(WireProfile.Rke, NameRecordType.Txt, bytes.AsSpan(0, 1201), out _, out error));
        Assert.Equal(WireError.TextInvalid, error);
    }

    [Theory]
    [InlineData(WireProfile.Rke, NameRecordType.A, 0, WireError.None)]
    [InlineData(WireProfile.Rke, NameRecordType.A, 1, WireError.PortInvalid)]
    [InlineData(WireProfile.Rke, NameRecordType.Srv, 0, WireError.PortInvalid)]
    [InlineData(WireProfile.Raidax, NameRecordType.A, 0, WireError.None)]
    [InlineData(WireProfile.Raidax, NameRecordType.A, 1, WireError.None)]
    [InlineData(WireProfile.Raidax, NameRecordType.A, 0xFFFF, WireError.None)]
    [InlineData(WireProfile.Raidax, NameRecordType.Srv, 0, WireError.PortInvalid)]
    public void The_port_of_an_address_record_is_zero_in_rke_and_ignored_in_raidax(
        WireProfile profile, NameRecordType type, ushort port, WireError expected)
    {
        byte[] payload = [192, 0, 2, 1, (byte)(port >> 8), (byte)port];
        var isValid = NameLookupAnswer.TryRead(profile, type, payload, out var answer, out var error);
        Assert.Equal((expected == WireError.None, expected), (isValid, error));
        Assert.Equal(0, answer.Port);
        Assert.Equal(isValid ? "192.0.2.1" : "0.0.0.0", answer.Address?.ToString());
    }

    private static void ReadAll(ReadOnlySpan<byte> bytes)
    {
        Span<byte> plain = stackalloc byte[2100];
        Span<SignalPart> parts = new SignalPart[16];
        foreach (var profile in (ReadOnlySpan<WireProfile>)[WireProfile.Rke, WireProfile.Raidax])
        {
            if (RequestFrame.TryRead(profile, bytes, out var request, out _))
            {
                request.TryOpen(null, plain, out _, out _, out _);
            }

            var expected = new ExpectedResponse { Profile = profile, Command = WireCommand.GetKey };
            ResponseFrame.Examine(expected, bytes, out _, out _);
            PostKeyPayload.TryRead(profile, bytes, out _, out _);
            GetKeyPayload.TryRead(profile, bytes, out _, out _);
            NameLookupPayload.TryRead(profile, bytes, out _, out _);
            NameLookupAnswer.TryRead(profile, NameRecordType.A, bytes, out _, out _);
            NameLookupAnswer.TryRead(profile, NameRecordType.Srv, bytes, out _, out _);
            NameLookupAnswer.TryRead(profile, NameRecordType.Txt, bytes, out _, out _);
            if (GetKeyAnswer.TryRead(profile, bytes, out var answer, out _))
            {
                _ = answer.SenderAddress;
            }
        }

        SignalPayload.TryRead(bytes, parts, out _, out _);
        SignalAnswer.TryRead(bytes, 16, out _, out _);
        ExchangeKeysPayload.TryRead(bytes, new KeySlot[16], out _, out _);
        ExchangeKeysAnswer.TryRead(bytes, 16, out _, out _);
        FreeAccountPayload.TryRead(bytes, out _, out _);
        PaidAccountPayload.TryRead(bytes, out _, out _);
        AccountAnswer.TryRead(WireCommand.FreeAccount, bytes, out _, out _);
        KeyFile.TryRead(bytes, out _, out _);
    }
}
