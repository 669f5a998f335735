using System.Net;
using System.Net.Sockets;
using BenchmarkDotNet.Attributes;
using Rke.UdpBridge.Transports.Native;

namespace Rke.Bench.Micro;

/// <summary>
/// Three ways to send datagrams with GetKey requests to one server. The gateway sends 2 in a system call with 64 calls in flight
/// (tests/bench/syscalls), and at most 64.
/// </summary>
public class SendBenchmarks : IDisposable
{
    private const int Length = 87;
    private const int MaxDatagrams = 64;
    private const int UdpLevel = 17;
    private const int SegmentOption = 103;

    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Socket _client = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Socket _segmenting = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly DatagramBatch _batch = new(MaxDatagrams, Length, hasAddresses: false);
    private readonly byte[] _bytes = new byte[MaxDatagrams * Length];
    private readonly Thread _receiver;
    private volatile bool _isStopping;

    public SendBenchmarks()
    {
        _server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _client.Connect(_server.LocalEndPoint!);
        _segmenting.Connect(_server.LocalEndPoint!);
        _segmenting.SetRawSocketOption(UdpLevel, SegmentOption, BitConverter.GetBytes(Length));
        for (var index = 0; index < MaxDatagrams; index++)
        {
            _batch.SetLength(index, Length);
        }

        _receiver = new(Receive) { IsBackground = true };
        _receiver.Start();
    }

    [Params(2, MaxDatagrams)]
    public int Datagrams { get; set; }

    [Benchmark(Description = "send, one system call for each")]
    public void SendEach()
    {
        for (var index = 0; index < Datagrams; index++)
        {
            _client.Send(_bytes.AsSpan(0, Length));
        }
    }

    [Benchmark(Description = "send with sendmmsg")]
    public int SendBatch() => _batch.Send(_client.SafeHandle, 0, Datagrams, out _);

    [Benchmark(Description = "send with UDP_SEGMENT")]
    public int SendSegments() => _segmenting.Send(_bytes.AsSpan(0, Datagrams * Length));

    [GlobalCleanup]
    public void Dispose()
    {
        _isStopping = true;
        _client.Send(_bytes.AsSpan(0, 1));
        _receiver.Join();
        _server.Dispose();
        _client.Dispose();
        _segmenting.Dispose();
        GC.SuppressFinalize(this);
    }

    private void Receive()
    {
        var received = new DatagramBatch(MaxDatagrams, Length, hasAddresses: false);
        while (!_isStopping)
        {
            received.Receive(_server.SafeHandle, wait: true, out _);
        }
    }
}
