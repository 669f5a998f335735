using System.Net;
using Rke.Wire;

namespace Rke.UdpBridge.Tests;

/// <summary>A datagram that a scripted server received, and the possible responses.</summary>
public sealed record ReceivedRequest(int Index, byte[] Bytes, IPEndPoint Source, WireProfile Profile, CoinCipher? Coin)
{
    public RequestHeader Header => RequestHeader.TryRead(Bytes, out var header) ? header : default;

    private CoinCipher? Cipher => Header.EncryptionType == 1 ? Coin : null;

    /// <summary>The valid response with a payload.</summary>
    public byte[] Answer<TPayload>(in TPayload payload, ResponseIv iv = ResponseIv.Same)
        where TPayload : IPayload, allows ref struct
    {
        Assert.True(RequestFrame.TryRead(Profile, Bytes, out var frame, out var error), error.ToString());
        Span<byte> plain = stackalloc byte[ProfileRules.MaxRequestLength];
        Assert.True(frame.TryOpen(Cipher, plain, out var challenge, out _, out error), error.ToString());
        var datagram = new byte[ProfileRules.MaxResponseLength];
        return datagram[..ResponseFrame.Write(datagram, frame, challenge, 1000, payload, iv, Cipher)];
    }

    /// <summary>A signed response without a payload.</summary>
    public byte[] Respond(WireStatus status)
    {
        Assert.True(RequestFrame.TryRead(Profile, Bytes, out var frame, out var error), error.ToString());
        Span<byte> plain = stackalloc byte[ProfileRules.MaxRequestLength];
        Assert.True(frame.TryOpen(Cipher, plain, out var challenge, out _, out error), error.ToString());
        return Write(status, challenge, Cipher);
    }

    /// <summary>An unsigned response without a payload.</summary>
    public byte[] Hint(WireStatus status) => Write(status, challenge: null, cipher: null);

    private byte[] Write(WireStatus status, Challenge? challenge, CoinCipher? cipher)
    {
        Assert.True(RequestFrame.TryRead(Profile, Bytes, out var frame, out var error), error.ToString());
        var (code, isHeaderError) = WireStatuses.Encode(Profile, frame.Command, status);
        var datagram = new byte[ResponseHeader.Length + ProfileRules.TrailerLength];
        return datagram[..ResponseFrame.WriteStatus(
            datagram,
            Profile,
            frame.Header,
            frame.Header.RaidaId,
            code,
            isHeaderError,
            challenge,
            executionTime: 1000,
            trailer: false,
            cipher)];
    }
}
