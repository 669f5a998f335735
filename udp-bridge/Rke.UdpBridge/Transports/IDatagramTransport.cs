using System.Net;
using System.Net.Sockets;

namespace Rke.UdpBridge.Transports;

/// <summary>Sends and receives the datagrams of the exchanges.</summary>
internal interface IDatagramTransport : IAsyncDisposable
{
    /// <summary>
    /// One system call sends several datagrams of a port. The caller then collects datagrams while it is busy.
    /// </summary>
    bool SendsBatches { get; }

    /// <summary>
    /// Opens a port with a random number that exchanges datagrams with one server. Datagrams from other addresses are
    /// not received.
    /// </summary>
    /// <exception cref="SocketException">The system has no socket or no route.</exception>
    IDatagramPort Open(IPEndPoint server, IDatagramReceiver receiver);
}

/// <summary>A local port that exchanges datagrams with one server.</summary>
internal interface IDatagramPort : IDisposable
{
    /// <summary>
    /// Starts to call the receiver, also before this method returns. Calls end some time after the port is disposed.
    /// </summary>
    void Start();

    /// <summary>
    /// Sends datagrams without waiting, in their order. It stops after the first result that is not Sent, or earlier.
    /// Several threads may call this at a time. The transport does not keep the datagrams.
    /// </summary>
    /// <param name="datagrams">One datagram or more.</param>
    /// <param name="result">The result of the last datagram that was handled. The others were sent.</param>
    /// <param name="error">What the system reported, unless the result is Sent.</param>
    /// <returns>How many datagrams were handled, at least 1.</returns>
    int Send(ReadOnlySpan<ReadOnlyMemory<byte>> datagrams, out SendResult result, out SocketError error);
}

/// <summary>Handles what a port receives. A port makes one call at a time.</summary>
internal interface IDatagramReceiver
{
    /// <summary>Handles datagrams from the server.</summary>
    /// <param name="datagrams">
    /// Valid until the method returns. A datagram that is too long for the buffer of the transport is cut off to one byte
    /// more than <see cref="Wire.ProfileRules.MaxResponseLength"/>.
    /// </param>
    /// <param name="callers">Takes the work that can wait until the port can receive again.</param>
    void OnDatagrams(ReceivedDatagrams datagrams, ref CallerWork callers);

    /// <summary>Handles an ICMP message: the server is unreachable.</summary>
    void OnRefused(SocketError error);

    /// <summary>Handles a port that does not work any more. It makes no more calls.</summary>
    void OnBroken(SocketError error);
}

/// <summary>What happened to a datagram.</summary>
internal enum SendResult
{
    Sent,

    /// <summary>No buffer was free. The datagram counts as lost on the network.</summary>
    Dropped,

    /// <summary>The datagram is sent. An ICMP message reported before that the server is unreachable.</summary>
    SentAfterRefusal,

    /// <summary>
    /// An ICMP message reported that the server is unreachable. The system did not send the datagram.
    /// </summary>
    Refused,

    /// <summary>This machine cannot send to the server.</summary>
    Failed,
}
