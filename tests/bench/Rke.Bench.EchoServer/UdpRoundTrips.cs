using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Rke.Bench.EchoServer;

/// <summary>
/// One round trip a call, on a connected socket that no other call uses meanwhile: the least that a gateway between
/// gRPC and UDP could do. It sends a datagram again if it is lost, because a full socket buffer drops datagrams.
/// </summary>
internal sealed class UdpRoundTrips : IDisposable
{
    private static readonly TimeSpan RetransmitInterval = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentBag<Line> _idle = [];
    private readonly ConcurrentQueue<Line> _all = [];
    private readonly IPEndPoint _responder;
    private readonly Timer _timer;

    public UdpRoundTrips(IPEndPoint responder)
    {
        _responder = responder;
        _timer = new(static state => ((UdpRoundTrips)state!).Retransmit(), this, RetransmitInterval, RetransmitInterval);
    }

    public async ValueTask<byte[]> SendAsync(ReadOnlyMemory<byte> datagram)
    {
        if (!_idle.TryTake(out var line))
        {
            line = new(_responder);
            _all.Enqueue(line);
        }

        var answer = await line.SendAsync(datagram);
        _idle.Add(line);
        return answer;
    }

    public void Dispose()
    {
        _timer.Dispose();
        while (_all.TryDequeue(out var line))
        {
            line.Dispose();
        }
    }

    private void Retransmit()
    {
        foreach (var line in _all)
        {
            line.RetransmitAfter(RetransmitInterval);
        }
    }

    /// <summary>A connected socket.</summary>
    private sealed class Line : IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        private ReadOnlyMemory<byte> _datagram;
        private long _sent;

        public Line(IPEndPoint responder) => _socket.Connect(responder);

        public async ValueTask<byte[]> SendAsync(ReadOnlyMemory<byte> datagram)
        {
            var answer = new byte[datagram.Length];
            _datagram = datagram;
            Volatile.Write(ref _sent, Stopwatch.GetTimestamp());
            await _socket.SendAsync(datagram);
            await _socket.ReceiveAsync(answer);
            Volatile.Write(ref _sent, 0);
            return answer;
        }

        public void RetransmitAfter(TimeSpan time)
        {
            if (Volatile.Read(ref _sent) is not 0 and var sent && Stopwatch.GetElapsedTime(sent) > time)
            {
                _socket.Send(_datagram.Span);
            }
        }

        public void Dispose() => _socket.Dispose();
    }
}
