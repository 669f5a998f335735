using System.Net;

namespace Rke.Wire.Tests;

public class SignalTests
{
    private static readonly byte[] Fill = new byte[17 * 12];

    [Theory]
    [InlineData(0)]
    [InlineData(17)]
    public void A_signal_without_parts_or_with_17_parts_is_rejected(int count)
    {
        var parts = Enumerable.Repeat(Part("192.0.2.1", 50014), count).ToArray();
        Assert.False(SignalPayload.TryCreate(parts, Fill, out _, out var error));
        Assert.Equal(WireError.PartCountInvalid, error);

        var bytes = new byte[1 + (count * 36)];
        bytes[0] = (byte)count;
        Assert.False(SignalPayload.TryRead(bytes, new SignalPart[16], out _, out error));
        Assert.Equal(WireError.PartCountInvalid, error);
    }

    [Theory]
    [InlineData(0x000000, false)]
    [InlineData(0x000001, true)]
    [InlineData(0x00FFFF, true)]
    [InlineData(0x010000, false)]
    [InlineData(0x01004B, false)]
    [InlineData(0xFFFFFF, false)]
    public void A_port_of_0_or_above_65535_is_rejected(int port, bool right)
    {
        var bytes = Payload();
        (bytes[34], bytes[35], bytes[36]) = ((byte)(port >> 16), (byte)(port >> 8), (byte)port);
        Assert.Equal(right, SignalPayload.TryRead(bytes, new SignalPart[16], out var signal, out var error));
        Assert.Equal(right ? WireError.None : WireError.PortInvalid, error);
        if (right)
        {
            Assert.Equal(port, signal.Parts[0].Server.Port);
        }
    }

    [Fact]
    public void A_part_with_port_0_cannot_be_sent()
    {
        Assert.False(SignalPayload.TryCreate([Part("192.0.2.1", 0)], Fill, out _, out var error));
        Assert.Equal(WireError.PortInvalid, error);
    }

    [Fact]
    public void Every_other_ip_version_is_rejected()
    {
        for (var version = 0; version <= byte.MaxValue; version++)
        {
            var bytes = Payload();
            bytes[1] = (byte)version;
            var right = version is 4 or 6;
            Assert.Equal(right, SignalPayload.TryRead(bytes, new SignalPart[16], out _, out var error));
            Assert.Equal(right ? WireError.None : WireError.AddressVersionInvalid, error);
        }
    }

    [Fact]
    public void The_count_must_match_the_length()
    {
        for (var count = 1; count <= 16; count++)
        {
            var bytes = Payload();
            bytes[0] = (byte)count;
            Assert.Equal(count == 1, SignalPayload.TryRead(bytes, new SignalPart[16], out _, out var error));
            Assert.Equal(count == 1 ? WireError.None : WireError.BodyLengthWrong, error);
        }
    }

    [Fact]
    public void The_random_fill_does_not_change_a_part()
    {
        var bytes = Payload();
        bytes.AsSpan(22, 12).Fill(0x77);
        Assert.True(SignalPayload.TryRead(bytes, new SignalPart[16], out var signal, out _));
        Assert.Equal(Part("192.0.2.1", 50014), signal.Parts[0]);
    }

    [Fact]
    public void An_encrypted_signal_or_one_with_a_raida_id_is_rejected()
    {
        var vector = new Vector("rke-signal-9");
        using var cipher = new CoinCipher(AuthenticityNumber.Read(Fill));
        Assert.True(SignalPayload.TryCreate(vector.Parts, Fill, out var payload, out _));
        var frame = new byte[RequestFrame.Measure(WireProfile.Rke, payload)];
        RequestFrame.Write(frame, vector.Address, vector.Nonce, vector.Challenge, payload, cipher);
        Assert.False(RequestFrame.TryRead(WireProfile.Rke, frame, out _, out var error));
        Assert.Equal(WireError.EncryptionTypeWrong, error);
        RequestFrame.Write(
            frame, vector.Address with { RaidaId = 1 }, vector.Nonce, vector.Challenge, payload, cipher: null);
        Assert.False(RequestFrame.TryRead(WireProfile.Rke, frame, out _, out error));
        Assert.Equal(WireError.RaidaIdWrong, error);
    }

    [Fact]
    public void Flags_are_00_or_FF_and_00_after_the_last_part()
    {
        var flags = new byte[16];
        (flags[0], flags[2]) = (0xFF, 0xFF);
        Assert.True(SignalAnswer.TryRead(flags, 3, out var answer, out _));
        Assert.Equal((2, true, false, true), (answer.Count, answer.IsUsed(0), answer.IsUsed(1), answer.IsUsed(2)));
        Assert.False(SignalAnswer.TryRead(flags, 2, out _, out var error));
        Assert.Equal(WireError.FlagInvalid, error);
        flags[1] = 0xFE;
        Assert.False(SignalAnswer.TryRead(flags, 3, out _, out error));
        Assert.Equal(WireError.FlagInvalid, error);
        Assert.False(SignalAnswer.TryRead(flags.AsSpan(1), 3, out _, out error));
        Assert.Equal(WireError.BodyLengthWrong, error);
    }

    private static SignalPart Part(string address, int port) =>
        new(KeyIdHash.Read(new byte[16]), new IPEndPoint(IPAddress.Parse(address), port));

    private static byte[] Payload()
    {
        Assert.True(SignalPayload.TryCreate([Part("192.0.2.1", 50014)], Fill, out var payload, out _));
        var bytes = new byte[payload.Measure(WireProfile.Rke)];
        payload.Write(WireProfile.Rke, bytes);
        return bytes;
    }
}
