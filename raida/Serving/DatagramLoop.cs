using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Rke.Wire;

namespace Rke.Raida.Serving;

/// <summary>What one receive thread repeats. Each thread has its own object, with its own buffers.</summary>
internal abstract class DatagramLoop
{
    /// <summary>One byte more than the longest request, to detect a longer datagram.</summary>
    protected const int ReceiveLength = ProfileRules.MaxRequestLength + 1;

    /// <summary>Waits for requests and sends the responses.</summary>
    public abstract void Next();

    /// <summary>Sends one response. An error concerns only this response.</summary>
    public static void Send(
        Socket socket, ReadOnlySpan<byte> response, SocketAddress remote, byte raidaId, ILogger logger)
    {
        try
        {
            socket.SendTo(response, SocketFlags.None, remote);
        }
        catch (SocketException failure)
        {
            Log.NotSent(logger, raidaId, failure.SocketErrorCode);
        }
        catch (ObjectDisposedException)
        {
            // The server stopped before it sent this datagram.
        }
    }
}

/// <summary>Two system calls per request, on every platform.</summary>
internal sealed class SingleLoop(KeyServer server, Socket socket, ILogger logger) : DatagramLoop
{
    private readonly byte[] _datagram = new byte[ReceiveLength];
    private readonly byte[] _response = new byte[ProfileRules.MaxResponseLength];
    private readonly SocketAddress _remote = new(socket.AddressFamily);

    public override void Next()
    {
        var received = socket.ReceiveFrom(_datagram, SocketFlags.None, _remote);
        var length = server.Handle(RemoteAddress.Of(_remote), _datagram.AsSpan(0, received), _response);
        if (length > 0)
        {
            Send(socket, _response.AsSpan(0, length), _remote, server.RaidaId, logger);

            // The response to a Free Account has an authenticity number in the clear.
            _response.AsSpan(0, length).Clear();
        }
    }
}

/// <summary>Two system calls per request, with simulated network faults on both ways. It allocates, because only tests use it.</summary>
internal sealed class ImpairedLoop(Socket socket, ImpairedPaths paths) : DatagramLoop
{
    private readonly byte[] _datagram = new byte[ReceiveLength];
    private readonly SocketAddress _remote = new(socket.AddressFamily);

    public override void Next()
    {
        var received = socket.ReceiveFrom(_datagram, SocketFlags.None, _remote);
        paths.Receive(_datagram.AsSpan(0, received), _remote);
    }
}
