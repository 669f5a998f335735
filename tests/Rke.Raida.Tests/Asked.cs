using Rke.Wire;

namespace Rke.Raida.Tests;

/// <summary>A request and what may answer it.</summary>
internal sealed record Asked(byte[] Datagram, ExpectedResponse Expected, CoinCipher? Cipher)
{
    /// <summary>The status of an answer, signed or not as <paramref name="isSigned"/> says.</summary>
    public WireStatus StatusOf(ReadOnlySpan<byte> answer, bool isSigned = true)
    {
        var verdict = ResponseFrame.Examine(Expected, answer, out var frame, out var error);
        Assert.True(verdict == (isSigned ? ResponseVerdict.Believed : ResponseVerdict.Hint), $"{verdict} {error}");
        return WireStatuses.Interpret(Expected.Profile, Expected.Command, frame.IsHeaderError, frame.Header.Status);
    }

    /// <summary>The plain payload of a successful answer.</summary>
    public byte[] PayloadOf(ReadOnlySpan<byte> answer, ResponseIv iv = ResponseIv.Same)
    {
        Assert.Equal(WireStatus.Success, StatusOf(answer));
        ResponseFrame.Examine(Expected, answer, out var frame, out _);
        return frame.Open(Expected, iv, Cipher, new byte[frame.SealedPayload.Length]).ToArray();
    }

    /// <summary>The key part of a successful answer to Get Key.</summary>
    public byte[] PartOf(ReadOnlySpan<byte> answer)
    {
        Assert.True(GetKeyAnswer.TryRead(Expected.Profile, PayloadOf(answer), out var read, out var error), $"{error}");
        return read.KeyPart.ToArray();
    }
}
