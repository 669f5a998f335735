using System.Net;
using System.Net.Sockets;

namespace Rke.Bench.EchoServer;

/// <summary>Sends every datagram back, on a thread of its own.</summary>
internal sealed class UdpResponder : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    public UdpResponder(int port)
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        new Thread(Respond) { IsBackground = true, Name = "responder" }.Start();
    }

    public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    public void Dispose() => _socket.Dispose();

    private void Respond()
    {
        var buffer = new byte[2048];
        var sender = new SocketAddress(AddressFamily.InterNetwork);
        try
        {
            while (true)
            {
                var length = _socket.ReceiveFrom(buffer, SocketFlags.None, sender);
                _socket.SendTo(buffer.AsSpan(0, length), SocketFlags.None, sender);
            }
        }
        catch (SocketException) when (_socket.SafeHandle.IsClosed)
        {
            // Disposed: the end.
        }
        catch (ObjectDisposedException)
        {
            // Disposed: the end.
        }
    }
}
