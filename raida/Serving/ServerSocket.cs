using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Rke.Raida.Serving;

/// <summary>
/// The UDP socket of one server, and its receive threads. The threads block in the receive call, because that needs
/// fewer system calls per datagram than asynchronous calls, and allocates no memory.
/// </summary>
internal sealed class ServerSocket : IAsyncDisposable
{
    private const int StackLength = 256 * 1024;
    private const int SocketBuffer = 4 * 1024 * 1024;

    private readonly KeyServer _server;
    private readonly ILogger _logger;
    private readonly Socket _socket;
    private readonly Func<DatagramLoop> _createLoop;
    private readonly ImpairedPaths? _impairedPaths;
    private readonly List<TaskCompletionSource> _threads = [];
    private volatile bool _stopping;

    public ServerSocket(
        KeyServer server, IPEndPoint listen, KeyServerOptions options, TimeProvider time, ILogger logger)
    {
        _server = server;
        _logger = logger;
        _socket = new Socket(listen.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (listen.Address.Equals(IPAddress.IPv6Any))
            {
                // [::] stands for the addresses of both families.
                _socket.DualMode = true;
            }

            _socket.ReceiveBufferSize = SocketBuffer;
            _socket.SendBufferSize = SocketBuffer;
            _socket.Bind(listen);
        }
        catch
        {
            _socket.Dispose();
            throw;
        }

        _impairedPaths = options.IsImpaired ? new(server, _socket, options, time, logger) : null;
        _createLoop = _impairedPaths is not null ? () => new ImpairedLoop(_socket, _impairedPaths)
            : options.IsBatched ? () => new BatchLoop(server, _socket, logger)
            : () => new SingleLoop(server, _socket, logger);
    }

    public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    public void Start(int threads)
    {
        for (var index = 0; index < threads; index++)
        {
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _threads.Add(ended);
            var thread = new Thread(() => Run(ended), StackLength)
            {
                IsBackground = true,
                Name = $"raida-{_server.RaidaId}",
            };
            thread.Start();
        }
    }

    /// <summary>Closes the socket of a server that has not started. The server stays usable.</summary>
    public void Close()
    {
        _impairedPaths?.Dispose();
        _socket.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        _impairedPaths?.Dispose();
        _socket.Dispose();
        await Task.WhenAll(_threads.Select(thread => thread.Task));
        _server.Dispose();
    }

    private void Run(TaskCompletionSource ended)
    {
        var loop = _createLoop();
        while (!_stopping)
        {
            try
            {
                loop.Next();
            }
            catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
            {
                // The socket was closed, or the error concerns only one datagram.
            }
#pragma warning disable CA1031 // An error in one request must not stop the server.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                Log.RequestFailed(_logger, _server.RaidaId, failure);
            }
        }

        ended.SetResult();
    }
}
