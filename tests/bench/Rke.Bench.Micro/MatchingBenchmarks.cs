using BenchmarkDotNet.Attributes;
using Rke.UdpBridge;
using Rke.UdpBridge.Core;
using Rke.Wire;

namespace Rke.Bench.Micro;

/// <summary>An exchange in the core of the bridge: admission, and the match of its response among other exchanges.</summary>
public class MatchingBenchmarks : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromHours(1);

    private readonly CoinCipher _cipher = new(default);
    private readonly CoreOutput _output = new();
    private readonly ExchangePath _path = new();
    private ExchangeCore _core = null!;
    private EncodedRequest _request;
    private byte[] _answer = [];

    [Params(0, 1000)]
    public int Others { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _core = new(new UdpBridgeOptions(), Frames.Server, new InFlightLimit(int.MaxValue));
        _core.AddPath(TimeSpan.Zero, _path);
        _request = Frames.Encode(_cipher, 0);
        _answer = Frames.Answer(_cipher, _request);
        for (var other = 1; other <= Others; other++)
        {
            _core.Admit(TimeSpan.Zero, Exchange(Frames.Encode(_cipher, (ulong)other)), mayRedraw: false, _output);
        }
    }

    [Benchmark(Description = "admit an exchange and match its response")]
    public int Match()
    {
        _output.Clear();
        _core.Admit(TimeSpan.Zero, Exchange(_request), mayRedraw: false, _output);
        if (_core.HandleDatagram(TimeSpan.Zero, _path, _answer, _output) != WireError.None)
        {
            throw new InvalidOperationException("The response does not match.");
        }

        return _output.Completions.Count;
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _cipher.Dispose();
        GC.SuppressFinalize(this);
    }

    private PendingExchange Exchange(EncodedRequest request) => new(request, _cipher, ResponseIv.Same, Deadline);
}
