namespace Rke.Wire.Tests;

/// <summary>The inputs of an exchange, except its payloads. It carries a payload in each direction.</summary>
internal sealed record Envelope(
    RequestAddress Address, CoinCipher? Cipher, Nonce Nonce, Challenge Challenge, uint Time, ResponseIv Iv)
{
    public WireProfile Profile => Address.Profile;

    /// <summary>Writes the request, reads it as a server does, and returns the payload.</summary>
    public byte[] Send<TPayload>(TPayload payload, out byte[] datagram, RequestAddress? address = null)
        where TPayload : IPayload, allows ref struct
    {
        var to = address ?? Address;
        var cipher = to.Coin == Address.Coin ? Cipher : null;
        datagram = new byte[RequestFrame.Measure(Profile, payload)];
        Assert.Equal(datagram.Length, RequestFrame.Write(datagram, to, Nonce, Challenge, payload, cipher));
        Assert.InRange(datagram.Length, RequestFrame.Overhead, ProfileRules.MaxRequestLength);

        Assert.True(RequestFrame.TryRead(Profile, datagram, out var frame, out var error), $"{error}");
        Assert.Equal(payload.Command, frame.Command);
        Assert.Equal(to.RaidaId, frame.Header.RaidaId);
        Assert.Equal(to.Network, frame.Header.Network);
        Assert.Equal(to.Coin, frame.Header.Coin);
        Assert.Equal(Nonce.Echo, frame.Header.Nonce.Echo);
        Assert.True(
            frame.TryOpen(cipher, new byte[datagram.Length], out var challenge, out var plain, out error), $"{error}");
        Assert.Equal(Challenge, challenge);
        return plain.ToArray();
    }

    /// <summary>Writes the response as a server does, reads it as a client does, and returns the payload.</summary>
    public byte[] Answer<TPayload>(byte[] datagram, TPayload payload, byte? status = null)
        where TPayload : IPayload, allows ref struct
    {
        Assert.True(RequestFrame.TryRead(Profile, datagram, out var request, out _));
        var cipher = request.Header.EncryptionType == 1 ? Cipher : null;
        var buffer = new byte[ProfileRules.MaxResponseLength];
        var length = ResponseFrame.Write(buffer, request, Challenge, Time, payload, Iv, cipher, status);
        var address = Address with { RaidaId = request.Header.RaidaId };
        var expected = ExpectedResponse.To(address, payload.Command, Nonce, Challenge, cipher, datagram.Length);
        var verdict = ResponseFrame.Examine(expected, buffer.AsSpan(0, length), out var frame, out var error);
        Assert.Equal((ResponseVerdict.Believed, WireError.None), (verdict, error));
        Assert.Equal(Time, frame.Header.ExecutionTime);
        return frame.Open(expected, Iv, cipher, new byte[length]).ToArray();
    }
}
