using System.Net;
using System.Net.Sockets;

namespace Rke.Raida.Tests.Support;

/// <summary>The UDP socket of a client.</summary>
internal sealed class UdpPeer : IDisposable
{
    private static readonly TimeSpan ReceiveTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RetransmissionTimeout = TimeSpan.FromMilliseconds(20);

    private readonly Socket _socket;

    public UdpPeer(IPEndPoint server, IPAddress? from = null)
    {
        _socket = new(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        _socket.Bind(new IPEndPoint(from ?? IPAddress.Loopback, 0));
        _socket.Connect(server);
    }

    public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>The number of received bytes that are not read yet.</summary>
    public int Available => _socket.Available;

    public void Send(byte[] datagram) => _socket.Send(datagram);

    public async Task<byte[]> ReceiveAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(ReceiveTimeout);
        var buffer = new byte[4096];
        var length = await _socket.ReceiveAsync(buffer, SocketFlags.None, limit.Token);
        return buffer[..length];
    }

    public Task<byte[]> ExchangeAsync(byte[] datagram)
    {
        Send(datagram);
        return ReceiveAsync();
    }

    /// <summary>Retransmits a datagram until a response arrives.</summary>
    /// <param name="afterSend">Called after each transmission.</param>
    public async Task<byte[]> RepeatAsync(byte[] datagram, Action? afterSend = null)
    {
        var response = ReceiveAsync();
        while (true)
        {
            Send(datagram);
            afterSend?.Invoke();
            try
            {
                return await response.WaitAsync(RetransmissionTimeout, TestContext.Current.CancellationToken);
            }
            catch (TimeoutException)
            {
                // The request or the response was lost.
            }
        }
    }

    public void Dispose() => _socket.Dispose();
}
