using BenchmarkDotNet.Attributes;
using Rke.Wire;

namespace Rke.Bench.Micro;

/// <summary>The encryption of the body of a GetKey request (32 bytes) and of a PostKey request (162 bytes).</summary>
public class CipherBenchmarks : IDisposable
{
    private readonly CoinCipher _cipher = new(default);
    private byte[] _data = [];

    [Params(32, 162)]
    public int Bytes { get; set; }

    [GlobalSetup]
    public void Prepare() => _data = new byte[Bytes];

    [Benchmark(Description = "AES-128-CTR")]
    public void Apply() => _cipher.Apply(new Nonce(1), 0, _data);

    [GlobalCleanup]
    public void Dispose()
    {
        _cipher.Dispose();
        GC.SuppressFinalize(this);
    }
}
