namespace Rke.UdpBridge.Streams;

/// <summary>The limits of a <see cref="StreamServer"/>.</summary>
public sealed record StreamServerOptions
{
    /// <summary>
    /// The maximum number of open connections. At the limit, a new connection replaces the one that has waited longest for a request.
    /// </summary>
    public int MaxConnections { get; init; } = 1024;

    /// <summary>The maximum number of open connections from one IPv4 /24 or IPv6 /56.</summary>
    public int MaxPerSource { get; init; } = 64;

    /// <summary>
    /// The time in which a connection must deliver a complete request, from its start or from the last response. It includes the TLS
    /// handshake. The client must read a response in the same time.
    /// </summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
