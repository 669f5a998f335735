using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Rke.Bench.Raida;

/// <summary>Sends requests to a server as fast as it responds, with a window of requests in flight.</summary>
internal sealed class EchoClient : IDisposable
{
    private const int Window = 64;
    private const int TimeoutMilliseconds = 100;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly byte[] _request;
    private readonly byte[] _answer = new byte[64];

    public EchoClient(IPEndPoint server, byte[] request)
    {
        _request = request;
        _socket.Connect(server);
        _socket.ReceiveTimeout = TimeoutMilliseconds;
    }

    /// <summary>Sends requests for <paramref name="duration"/>.</summary>
    /// <returns>The number of responses.</returns>
    public long RunFor(TimeSpan duration)
    {
        var answered = 0L;
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < duration)
        {
            for (var sent = 0; sent < Window; sent++)
            {
                _socket.Send(_request);
            }

            try
            {
                for (var received = 0; received < Window; received++)
                {
                    _socket.Receive(_answer);
                    answered++;
                }
            }
            catch (SocketException failure) when (failure.SocketErrorCode == SocketError.TimedOut)
            {
                // Datagrams were lost. Continue with the next window.
            }
        }

        return answered;
    }

    public void Dispose() => _socket.Dispose();
}
