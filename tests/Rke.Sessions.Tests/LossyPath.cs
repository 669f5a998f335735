using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Rke.Sessions.Tests;

/// <summary>A way to a UDP server on which datagrams are lost, a given share each way; the same ones with the same seed.</summary>
internal sealed class LossyPath : IAsyncDisposable
{
    private readonly UdpClient _listener = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly ConcurrentDictionary<IPEndPoint, UdpClient> _callers = new();
    private readonly IPEndPoint _server;
    private readonly double _loss;
    private readonly Random _fate;
    private readonly Task _loop;

    public LossyPath(IPEndPoint server, double loss, int seed)
    {
        (_server, _loss, _fate) = (server, loss, new Random(seed));
        EndPoint = (IPEndPoint)_listener.Client.LocalEndPoint!;
        _loop = CarryAsync(_listener, CarryRequestAsync);
    }

    public IPEndPoint EndPoint { get; }

    public int Carried { get; private set; }

    public int Lost { get; private set; }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _loop;
        foreach (var caller in _callers.Values)
        {
            caller.Dispose();
        }
    }

    private async Task CarryRequestAsync(UdpReceiveResult received)
    {
        if (!_callers.TryGetValue(received.RemoteEndPoint, out var caller))
        {
            _callers[received.RemoteEndPoint] = caller = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
            caller.Connect(_server);
            _ = CarryAsync(caller, async answer => await _listener.SendAsync(answer.Buffer, received.RemoteEndPoint));
        }

        await caller.SendAsync(received.Buffer);
    }

    private async Task CarryAsync(UdpClient from, Func<UdpReceiveResult, Task> pass)
    {
        try
        {
            while (true)
            {
                var received = await from.ReceiveAsync();
                if (!IsLost())
                {
                    await pass(received);
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private bool IsLost()
    {
        lock (_fate)
        {
            var isLost = _fate.NextDouble() < _loss;
            Carried += isLost ? 0 : 1;
            Lost += isLost ? 1 : 0;
            return isLost;
        }
    }
}
