using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Rke.Gateway.Tests.Fixtures;

/// <summary>A UDP server whose answers the test defines.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly Func<byte[], IEnumerable<byte[]>> _script;
    private readonly Task _loop;

    /// <param name="script">The datagrams that answer a request, in order.</param>
    public ScriptedServer(Func<byte[], IEnumerable<byte[]>> script)
    {
        _script = script;
        EndPoint = (IPEndPoint)_socket.Client.LocalEndPoint!;
        _loop = ServeAsync();
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>The received datagrams.</summary>
    public ConcurrentQueue<byte[]> Requests { get; } = new();

    /// <summary>The number of different datagrams. On a busy machine, a datagram may be retransmitted before it is answered.</summary>
    public int DifferentRequests => Requests.Select(Convert.ToHexString).Distinct(StringComparer.Ordinal).Count();

    /// <summary>A server that never answers.</summary>
    public static ScriptedServer Silent() => new(_ => []);

    /// <summary>An address where nothing listens.</summary>
    public static IPEndPoint ClosedPort()
    {
        using var socket = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.Client.LocalEndPoint!;
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _loop;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var request = await _socket.ReceiveAsync();
                Requests.Enqueue(request.Buffer);
                foreach (var answer in _script(request.Buffer))
                {
                    await _socket.SendAsync(answer, request.RemoteEndPoint);
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
