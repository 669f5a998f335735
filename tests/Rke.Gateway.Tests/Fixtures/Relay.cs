using System.Net;
using System.Net.Sockets;

namespace Rke.Gateway.Tests.Fixtures;

/// <summary>A UDP relay in front of a key server. It drops datagrams until it is opened.</summary>
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

    /// <summary>The datagrams from the gateway, in order.</summary>
    public IEnumerable<byte[]> Requests => _front.Requests;

    public bool HasBeenAsked => !_front.Requests.IsEmpty;

    public void Open() => _isOpen = true;

    public void Close() => _isOpen = false;

    public ValueTask DisposeAsync() => _front.DisposeAsync();

    private byte[][] Forward(byte[] request) => _isOpen ? Ask(_server, request) : [];

    /// <summary>The response of a server.</summary>
    public static byte[][] Ask(IPEndPoint server, byte[] request)
    {
        using var socket = new UdpClient();
        socket.Client.ReceiveTimeout = 5000;
        socket.Connect(server);
        socket.Send(request);
        IPEndPoint? from = null;
        return [socket.Receive(ref from)];
    }
}
