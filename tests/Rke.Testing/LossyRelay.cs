using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Rke.Testing;

/// <summary>A UDP relay in front of a service. It drops a share of the datagrams in each direction.</summary>
public sealed class LossyRelay : IAsyncDisposable
{
    private readonly Random _random;
    private readonly double _loss;
    private readonly IPEndPoint _service;
    private readonly UdpClient _front = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly ConcurrentDictionary<IPEndPoint, UdpClient> _backs = new();
    private readonly ConcurrentBag<Task> _loops = [];
    private readonly ConcurrentDictionary<string, bool> _requests = new(StringComparer.Ordinal);

    /// <param name="service">The address of the service.</param>
    /// <param name="loss">The share of dropped datagrams in each direction.</param>
    /// <param name="seed">The same seed drops the same datagrams.</param>
    public LossyRelay(IPEndPoint service, double loss, int seed)
    {
        (_service, _loss, _random) = (service, loss, new Random(seed));
        _loops.Add(ForwardAsync());
    }

    public IPEndPoint EndPoint => (IPEndPoint)_front.Client.LocalEndPoint!;

    /// <summary>The number of different requests that the relay forwarded. Retransmissions do not count.</summary>
    public int Requests => _requests.Count;

    /// <summary>The number of forwarded datagrams in both directions.</summary>
    public int Carried { get; private set; }

    /// <summary>The number of dropped datagrams in both directions.</summary>
    public int Lost { get; private set; }

    public async ValueTask DisposeAsync()
    {
        _front.Dispose();
        foreach (var back in _backs.Values)
        {
            back.Dispose();
        }

        await Task.WhenAll(_loops);
    }

    private Task ForwardAsync() => RunAsync(_front, datagram =>
    {
        _requests[Convert.ToHexString(datagram.Buffer)] = true;
        var back = _backs.GetOrAdd(datagram.RemoteEndPoint, client =>
        {
            var socket = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
            socket.Connect(_service);
            _loops.Add(RunAsync(socket, answer => _front.Send(answer.Buffer, client)));
            return socket;
        });
        back.Send(datagram.Buffer);
    });

    private async Task RunAsync(UdpClient socket, Action<UdpReceiveResult> pass)
    {
        while (true)
        {
            try
            {
                var datagram = await socket.ReceiveAsync();
                if (!IsLost())
                {
                    pass(datagram);
                }
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.OperationAborted)
            {
                return;
            }
            catch (SocketException)
            {
                // The failure of one datagram. The relay continues.
            }
        }
    }

    private bool IsLost()
    {
        lock (_random)
        {
            var isLost = _random.NextDouble() < _loss;
            Carried += isLost ? 0 : 1;
            Lost += isLost ? 1 : 0;
            return isLost;
        }
    }
}
