using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Rke.Gateway.Tests.Redis;

/// <summary>A TCP proxy in front of Redis. It records the bytes of both directions.</summary>
internal sealed class RedisTap : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly List<MemoryStream> _streams = [];
    private readonly int _port;
    private readonly Task _accepting;

    public RedisTap(RedisServerProcess redis)
    {
        _port = redis.Port;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Endpoint => _listener.LocalEndpoint.ToString()!;

    /// <summary>The bytes of all connections, both directions one after the other.</summary>
    public string Text
    {
        get
        {
            lock (_streams)
            {
                return string.Join('\n', _streams.Select(stream => Encoding.Latin1.GetString(stream.ToArray())));
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(PassAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task PassAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _port, _end.Token);
                await Task.WhenAny(
                    CopyAsync(client.GetStream(), server.GetStream()), CopyAsync(server.GetStream(), client.GetStream()));
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
                // One side has closed the connection.
            }
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to)
    {
        var kept = new MemoryStream();
        lock (_streams)
        {
            _streams.Add(kept);
        }

        var buffer = new byte[16_384];
        try
        {
            while (await from.ReadAsync(buffer, _end.Token) is > 0 and var length)
            {
                lock (_streams)
                {
                    kept.Write(buffer, 0, length);
                }

                await to.WriteAsync(buffer.AsMemory(0, length), _end.Token);
            }
        }
        catch (Exception exception)
            when (exception is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One side has closed the connection.
        }
    }
}
