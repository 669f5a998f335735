using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace Rke.Gateway.Redis;

/// <summary>
/// Chooses the address for a connection to Redis. A name can have addresses of both families, and some can be unreachable. The
/// client alone connects to the first address only.
/// </summary>
internal sealed class RedisAddressSelection(TimeSpan connectTimeout, TimeProvider timeProvider) : Tunnel
{
    private const int TcpUserTimeout = 18;

    // The head start of each address over the next one.
    private static readonly TimeSpan HeadStart = TimeSpan.FromMilliseconds(50);

    public override async ValueTask<EndPoint?> GetSocketConnectEndpointAsync(EndPoint endpoint, CancellationToken cancellationToken)
    {
        if (endpoint is not DnsEndPoint name)
        {
            return endpoint;
        }

        // The client needs the rest of its time to connect.
        using var timeout = new CancellationTokenSource(connectTimeout / 2, timeProvider);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var addresses = await System.Net.Dns.GetHostAddressesAsync(name.Host, stop.Token);
            return addresses is [var only] ? new IPEndPoint(only, name.Port) : await FindReachableAsync(name, addresses, stop);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            // The client resolves the name again, and reports the reason.
            return name;
        }
    }

    public override ValueTask BeforeSocketConnectAsync(
        EndPoint endPoint, ConnectionType connectionType, Socket? socket, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsLinux())
        {
            // A host that failed acknowledges no packet. Without this option, its connections stay open for minutes.
            socket?.SetRawSocketOption(
                (int)SocketOptionLevel.Tcp, TcpUserTimeout, BitConverter.GetBytes((int)connectTimeout.TotalMilliseconds));
        }

        return ValueTask.CompletedTask;
    }

    // Without a reachable address, the client tries the name, and reports the reason.
    private async Task<EndPoint> FindReachableAsync(DnsEndPoint name, IPAddress[] addresses, CancellationTokenSource stop)
    {
        var attempts = addresses.Select((address, index) => TryAsync(new(address, name.Port), index * HeadStart, stop.Token)).ToList();
        await foreach (var attempt in Task.WhenEach(attempts))
        {
            if (await attempt is { } reachable)
            {
                await stop.CancelAsync();
                return reachable;
            }
        }

        return name;
    }

    private async Task<EndPoint?> TryAsync(IPEndPoint endPoint, TimeSpan delay, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(delay, timeProvider, cancellationToken);
            using var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(endPoint, cancellationToken);
            return endPoint;
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            return null;
        }
    }
}
