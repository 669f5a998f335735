using System.Net;
using System.Net.Sockets;
using Rke.UdpBridge.Transports;

namespace Rke.UdpBridge.Tests;

/// <summary>The transport with real sockets. A test decides when ports do not work.</summary>
internal sealed class SwitchableTransport(IDatagramTransport sockets) : IDatagramTransport
{
    private readonly List<Port> _ports = [];

    /// <summary>The number of ports that were opened.</summary>
    public int Opened => _ports.Count;

    /// <summary>Ports break while they start.</summary>
    public bool BreaksAtStart { get; set; }

    /// <summary>Every send fails, also from ports that are opened later.</summary>
    public bool AlwaysFails { get; set; }

    public bool SendsBatches => sockets.SendsBatches;

    public IDatagramPort Open(IPEndPoint server, IDatagramReceiver receiver)
    {
        var port = new Port(this, sockets.Open(server, receiver), receiver);
        _ports.Add(port);
        return port;
    }

    public ValueTask DisposeAsync() => sockets.DisposeAsync();

    /// <summary>Every send from an open port fails from now on.</summary>
    public void FailOpenPorts() => _ports.ForEach(static port => port.Fails = true);

    private sealed class Port(SwitchableTransport transport, IDatagramPort port, IDatagramReceiver receiver)
        : IDatagramPort
    {
        public bool Fails { get; set; }

        public void Start()
        {
            if (transport.BreaksAtStart)
            {
                receiver.OnBroken(SocketError.NetworkDown);
                return;
            }

            port.Start();
        }

        public int Send(ReadOnlySpan<ReadOnlyMemory<byte>> datagrams, out SendResult result, out SocketError error)
        {
            if (Fails || transport.AlwaysFails)
            {
                (result, error) = (SendResult.Failed, SocketError.InvalidArgument);
                return 1;
            }

            return port.Send(datagrams, out result, out error);
        }

        public void Dispose() => port.Dispose();
    }
}
