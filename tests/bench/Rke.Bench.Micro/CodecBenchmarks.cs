using BenchmarkDotNet.Attributes;
using Rke.UdpBridge.Core;
using Rke.Wire;

namespace Rke.Bench.Micro;

/// <summary>Frames of GetKey, with their encryption.</summary>
public class CodecBenchmarks : IDisposable
{
    private readonly CoinCipher _cipher = new(default);
    private readonly byte[] _plain = new byte[ProfileRules.MaxResponseLength];
    private EncodedRequest _request;
    private byte[] _answer = [];

    [GlobalSetup]
    public void Prepare()
    {
        _request = Frames.Encode(_cipher, 1);
        _answer = Frames.Answer(_cipher, _request);
    }

    [Benchmark(Description = "encode and encrypt a GetKey request")]
    public byte[] Encode() => Frames.Encode(_cipher, 1).Datagram;

    [Benchmark(Description = "check and decrypt a GetKey response")]
    public int Decode()
    {
        if (ResponseFrame.Examine(_request.Expected, _answer, out var frame, out _) != ResponseVerdict.Believed)
        {
            throw new InvalidOperationException("The response does not match.");
        }

        return frame.Open(_request.Expected, ResponseIv.Same, _cipher, _plain).Length;
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _cipher.Dispose();
        GC.SuppressFinalize(this);
    }
}
