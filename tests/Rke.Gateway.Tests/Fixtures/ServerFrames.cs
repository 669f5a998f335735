using Rke.Wire;

namespace Rke.Gateway.Tests.Fixtures;

/// <summary>Valid and invalid answers of a key server with one coin.</summary>
internal sealed class ServerFrames(WireProfile profile, CoinKeys coin)
{
    /// <summary>A signed answer with a status and no payload.</summary>
    public byte[] Status(byte[] request, byte status, bool isHeaderError = false) =>
        Write(request, status, isHeaderError, isSigned: true);

    /// <summary>An unsigned answer with a status and no payload.</summary>
    public byte[] Unsigned(byte[] request, byte status, bool isHeaderError = false) =>
        Write(request, status, isHeaderError, isSigned: false);

    /// <summary>A successful Get Key.</summary>
    public byte[] Part(byte[] request, byte[] part)
    {
        Assert.True(RequestFrame.TryRead(profile, request, out var frame, out _));
        using var cipher = new CoinCipher(coin[frame.Header.RaidaId]);
        var plain = new byte[ProfileRules.MaxRequestLength];
        Assert.True(frame.TryOpen(cipher, plain, out var challenge, out _, out _));
        var room = new byte[ProfileRules.MaxResponseLength];
        var length = ResponseFrame.Write(
            room, frame, challenge, 1000, new GetKeyAnswer(KeyId.Read(new byte[16]), coin.Id, null, part), ResponseIv.Same, cipher);
        return room[..length];
    }

    private byte[] Write(byte[] request, byte status, bool isHeaderError, bool isSigned)
    {
        Assert.True(RequestFrame.TryRead(profile, request, out var frame, out _));
        using var cipher = new CoinCipher(coin[frame.Header.RaidaId]);
        var plain = new byte[ProfileRules.MaxRequestLength];
        Assert.True(frame.TryOpen(cipher, plain, out var challenge, out _, out _));
        var room = new byte[ProfileRules.MaxResponseLength];
        var length = ResponseFrame.WriteStatus(
            room,
            profile,
            frame.Header,
            frame.Header.RaidaId,
            status,
            isHeaderError,
            isSigned ? challenge : null,
            1000,
            trailer: false,
            cipher);
        return room[..length];
    }
}
