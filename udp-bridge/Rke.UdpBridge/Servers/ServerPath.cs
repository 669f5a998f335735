using System.Net.Sockets;
using Rke.UdpBridge.Core;
using Rke.UdpBridge.Transports;

namespace Rke.UdpBridge;

/// <summary>A path of the core with its port. It passes what the port receives to the link.</summary>
internal sealed class ServerPath : ExchangePath, IDatagramReceiver, IDisposable
{
    private readonly ServerLink _link;
    private readonly IDatagramPort _port;

    /// <summary>Opens a port. Add the path to the core before <see cref="Start"/>.</summary>
    /// <exception cref="SocketException">The system has no socket or no route.</exception>
    public ServerPath(ServerLink link, IDatagramTransport transport)
    {
        _link = link;
        _port = transport.Open(link.Address.EndPoint, this);
    }

    /// <inheritdoc cref="IDatagramPort.Start"/>
    public void Start() => _port.Start();

    /// <inheritdoc cref="IDatagramPort.Send"/>
    public int Send(ReadOnlySpan<ReadOnlyMemory<byte>> datagrams, out SendResult result, out SocketError error) =>
        _port.Send(datagrams, out result, out error);

    // A fault must not stop the port, the thread of the transport, or the process.

    /// <summary>Sends a batch of this path, and handles the results.</summary>
    public void Send(OutgoingBatch batch)
    {
        try
        {
            _link.Send(this, batch);
        }
        catch (Exception exception)
        {
            _link.HandleFault(exception);
        }
    }

    /// <inheritdoc/>
    public void OnDatagrams(ReceivedDatagrams datagrams, ref CallerWork callers)
    {
        try
        {
            _link.HandleDatagrams(this, datagrams, ref callers);
        }
        catch (Exception exception)
        {
            _link.HandleFault(exception);
        }
    }

    /// <inheritdoc/>
    public void OnRefused(SocketError error)
    {
        try
        {
            _link.HandleRefusal(this, error);
        }
        catch (Exception exception)
        {
            _link.HandleFault(exception);
        }
    }

    /// <inheritdoc/>
    public void OnBroken(SocketError error)
    {
        try
        {
            _link.HandleBroken(this, error);
        }
        catch (Exception exception)
        {
            _link.HandleFault(exception);
        }
    }

    public void Dispose() => _port.Dispose();
}
