using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Rke.UdpBridge.Streams;

namespace Rke.Gateway.Signals;

/// <summary>The TCP port for Exchange Keys. It has the number of the UDP port for Signals.</summary>
internal sealed class ExchangePort(
    IOptions<ExchangeOptions> options, ExchangeHandler handler, TimeProvider timeProvider, ILogger<ExchangePort> logger) : IAsyncDisposable
{
    private StreamServer? _server;

    /// <summary>The number of open connections.</summary>
    public int ConnectionCount => _server?.ConnectionCount ?? 0;

    /// <summary>Listens at an address. Returns the error if that is not possible.</summary>
    public SocketError Listen(IPEndPoint endPoint)
    {
        try
        {
            _server = new(StreamServer.Bind(endPoint), handler, secure: null, options.Value.ToLimits(), timeProvider, logger);
            _server.Start();
            Log.ExchangesReceived(logger, _server.EndPoint);
            return SocketError.Success;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode;
        }
    }

    /// <summary>Closes the port and all connections.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _server, null) is { } server)
        {
            await server.DisposeAsync();
        }
    }
}
