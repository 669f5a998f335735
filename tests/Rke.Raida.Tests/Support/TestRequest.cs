using Rke.Wire;

namespace Rke.Raida.Tests.Support;

/// <summary>A request and the response that it expects.</summary>
internal sealed record TestRequest(byte[] Datagram, ExpectedResponse Expected, CoinCipher? Cipher)
{
    /// <summary>The status of a response. <paramref name="isSigned"/> is the expected signature.</summary>
    public WireStatus StatusOf(ReadOnlySpan<byte> response, bool isSigned = true)
    {
        var verdict = ResponseFrame.Examine(Expected, response, out var frame, out var error);
        Assert.True(verdict == (isSigned ? ResponseVerdict.Believed : ResponseVerdict.Hint), $"{verdict} {error}");
        return WireStatuses.Interpret(Expected.Profile, Expected.Command, frame.IsHeaderError, frame.Header.Status);
    }

    /// <summary>The decrypted payload of a successful response.</summary>
    public byte[] PayloadOf(ReadOnlySpan<byte> response, ResponseIv iv = ResponseIv.Same)
    {
        Assert.Equal(WireStatus.Success, StatusOf(response));
        ResponseFrame.Examine(Expected, response, out var frame, out _);
        return frame.Open(Expected, iv, Cipher, new byte[frame.SealedPayload.Length]).ToArray();
    }

    /// <summary>The key part in a successful response to Get Key.</summary>
    public byte[] PartOf(ReadOnlySpan<byte> response)
    {
        Assert.True(GetKeyAnswer.TryRead(Expected.Profile, PayloadOf(response), out var read, out var error), $"{error}");
        return read.KeyPart.ToArray();
    }
}
