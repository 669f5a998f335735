using System.Net;
using System.Net.Sockets;

namespace Rke.Cli.Tests;

/// <summary>A server that closes each connection after the first bytes.</summary>
internal sealed class ClosingServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _loop;

    public ClosingServer()
    {
        _listener.Start();
        _loop = RunAsync();
    }

    public string Address => _listener.LocalEndpoint.ToString()!;

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _loop;
        _listener.Dispose();
    }

    private async Task RunAsync()
    {
        var buffer = new byte[1024];
        try
        {
            while (true)
            {
                using var socket = await _listener.AcceptSocketAsync();
                await socket.ReceiveAsync(buffer);
            }
        }
        catch (SocketException)
        {
            // The listener stopped.
        }
    }
}
