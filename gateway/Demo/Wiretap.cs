using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Rke.Gateway.Demo;

/// <summary>
/// Stands before one server and sees every datagram to and from it, as anybody on the way would. It passes them on
/// unchanged.
/// </summary>
internal sealed class Wiretap : IAsyncDisposable
{
    private const int LongestDatagram = 2048;

    private readonly UdpClient _listener = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly ConcurrentDictionary<IPEndPoint, UdpClient> _callers = new();
    private readonly ConcurrentQueue<TappedDatagram> _seen;
    private readonly TappedPath _path;
    private readonly IPEndPoint _server;
    private readonly Task _loop;

    public Wiretap(TappedPath path, IPEndPoint server, ConcurrentQueue<TappedDatagram> seen)
    {
        _path = path;
        _server = server;
        _seen = seen;
        EndPoint = (IPEndPoint)_listener.Client.LocalEndPoint!;
        _loop = CarryRequestsAsync();
    }

    /// <summary>What everybody takes for the server.</summary>
    public IPEndPoint EndPoint { get; }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        foreach (var caller in _callers.Values)
        {
            caller.Dispose();
        }

        await _loop;
    }

    private async Task CarryRequestsAsync()
    {
        var answers = new List<Task>();
        try
        {
            while (true)
            {
                var received = await _listener.ReceiveAsync();
                See(received.Buffer, received.RemoteEndPoint, isRequest: true);
                if (!_callers.TryGetValue(received.RemoteEndPoint, out var caller))
                {
                    _callers[received.RemoteEndPoint] = caller = new();
                    caller.Connect(_server);
                    answers.Add(CarryAnswersAsync(caller, received.RemoteEndPoint));
                }

                await caller.SendAsync(received.Buffer);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(answers);
        }
    }

    private async Task CarryAnswersAsync(UdpClient caller, IPEndPoint back)
    {
        try
        {
            while (true)
            {
                var received = await caller.ReceiveAsync();
                See(received.Buffer, back, isRequest: false);
                await _listener.SendAsync(received.Buffer, back);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The demonstration is over.
        }
    }

    private void See(byte[] datagram, IPEndPoint caller, bool isRequest)
    {
        if (datagram.Length <= LongestDatagram)
        {
            _seen.Enqueue(new(_path, caller, isRequest, datagram));
        }
    }
}
