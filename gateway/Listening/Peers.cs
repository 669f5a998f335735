using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Rke.Gateway.Listening;

/// <summary>What one peer address has in progress. A peer is an IPv4 address or an IPv6 /64, which one host can have as a whole.</summary>
internal sealed class Peer(IPAddress address)
{
    private int _open;
    private int _refusals;

    public IPAddress Address => address;

    /// <summary>The number of its connections. <see cref="PeerDirectory"/> changes it.</summary>
    public int Connections { get; set; }

    /// <summary>The open streams of HTTP/2. <see cref="StreamTotals"/> changes it.</summary>
    public ref int Open => ref _open;

    /// <summary>The calls in progress.</summary>
    public CallCounts Calls { get; } = new();

    /// <summary>The refused calls that have not ended.</summary>
    public ref int Refusals => ref _refusals;
}

/// <summary>The kinds of calls that have limits of their own.</summary>
internal enum CallKind
{
    Call,

    /// <summary>Health/Watch and reflection.</summary>
    DiagnosticStream,

    /// <summary>Health/Check.</summary>
    HealthCheck,
}

/// <summary>The number of calls in progress of each kind.</summary>
internal sealed class CallCounts
{
    private readonly int[] _counts = new int[Enum.GetValues<CallKind>().Length];

    public ref int this[CallKind kind] => ref _counts[(int)kind];
}

/// <summary>The peers that have a connection.</summary>
internal sealed class PeerDirectory
{
    private const int NetworkBytes = 8;

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, Peer> _peers = [];

    /// <summary>Counts a connection of a peer.</summary>
    public Peer Connect(EndPoint? remote)
    {
        var address = PeerAddressOf(remote);
        lock (_lock)
        {
            if (!_peers.TryGetValue(address, out var peer))
            {
                _peers[address] = peer = new(address);
            }

            peer.Connections++;
            return peer;
        }
    }

    public void Disconnect(Peer peer)
    {
        lock (_lock)
        {
            if (--peer.Connections == 0)
            {
                _peers.Remove(peer.Address);
            }
        }
    }

    private static IPAddress PeerAddressOf(EndPoint? remote)
    {
        var address = (remote as IPEndPoint)?.Address ?? IPAddress.None;
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(NetworkBytes).Clear();
        return new(bytes);
    }
}

/// <summary>The peer of a connection. It is a feature of the connection, and so of its requests.</summary>
internal sealed class ConnectionPeer(Peer peer, ConnectionLife life, ConnectionContext connection)
{
    public Peer Peer => peer;

    /// <summary>The time limits of the connection. They depend on its calls.</summary>
    public ConnectionLife Life => life;

    /// <summary>Closes the connection without a response to its calls.</summary>
    public void Abort(string reason) => connection.Abort(new ConnectionAbortedException(reason));
}
