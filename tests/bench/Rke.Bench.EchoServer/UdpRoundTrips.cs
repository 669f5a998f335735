using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Rke.Bench.EchoServer;

/// <summary>
/// One round trip a call, on a connected socket that no other call uses meanwhile: the least that a gateway between
/// gRPC and UDP could do.
/// </summary>
internal sealed class UdpRoundTrips(IPEndPoint responder)
{
    private readonly ConcurrentBag<Socket> _idle = [];

    public async ValueTask<byte[]> SendAsync(ReadOnlyMemory<byte> datagram)
    {
        if (!_idle.TryTake(out var socket))
        {
            socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(responder);
        }

        var answer = new byte[datagram.Length];
        await socket.SendAsync(datagram);
        await socket.ReceiveAsync(answer);
        _idle.Add(socket);
        return answer;
    }
}
