using System.Net;
using System.Net.Sockets;
using Rke.Gateway.Tests.EndToEnd;

namespace Rke.Gateway.Tests.Draining;

/// <summary>A place before a key server where datagrams are lost until it is opened.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly ScriptedServer _front;
    private readonly IPEndPoint _server;
    private volatile bool _isOpen;

    public Relay(IPEndPoint server)
    {
        _server = server;
        _front = new(Forward);
    }

    public IPEndPoint EndPoint => _front.EndPoint;

    public bool HasBeenAsked => !_front.Requests.IsEmpty;

    public void Open() => _isOpen = true;

    public ValueTask DisposeAsync() => _front.DisposeAsync();

    private byte[][] Forward(byte[] request)
    {
        if (!_isOpen)
        {
            return [];
        }

        using var socket = new UdpClient();
        socket.Client.ReceiveTimeout = 5000;
        socket.Connect(_server);
        socket.Send(request);
        IPEndPoint? from = null;
        return [socket.Receive(ref from)];
    }
}
