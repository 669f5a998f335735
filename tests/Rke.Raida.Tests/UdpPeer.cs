using System.Net;
using System.Net.Sockets;

namespace Rke.Raida.Tests;

/// <summary>A client's UDP socket.</summary>
internal sealed class UdpPeer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RetransmissionTime = TimeSpan.FromMilliseconds(20);

    private readonly Socket _socket;

    public UdpPeer(IPEndPoint server, IPAddress? from = null)
    {
        _socket = new(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        _socket.Bind(new IPEndPoint(from ?? IPAddress.Loopback, 0));
        _socket.Connect(server);
    }

    public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>How many bytes wait.</summary>
    public int Available => _socket.Available;

    public void Send(byte[] datagram) => _socket.Send(datagram);

    public async Task<byte[]> ReceiveAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        var buffer = new byte[4096];
        var length = await _socket.ReceiveAsync(buffer, SocketFlags.None, limit.Token);
        return buffer[..length];
    }

    public Task<byte[]> AskAsync(byte[] datagram)
    {
        Send(datagram);
        return ReceiveAsync();
    }

    /// <summary>Sends a datagram again and again until an answer comes.</summary>
    /// <param name="again">Done after every sending.</param>
    public async Task<byte[]> RepeatAsync(byte[] datagram, Action? again = null)
    {
        var answer = ReceiveAsync();
        while (true)
        {
            Send(datagram);
            again?.Invoke();
            try
            {
                return await answer.WaitAsync(RetransmissionTime, TestContext.Current.CancellationToken);
            }
            catch (TimeoutException)
            {
                // Lost on one of its ways: once more.
            }
        }
    }

    public void Dispose() => _socket.Dispose();
}
