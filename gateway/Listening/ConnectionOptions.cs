using System.ComponentModel.DataAnnotations;
using Rke.Gateway.Configuration;

namespace Rke.Gateway.Listening;

/// <summary>The options of section <c>Rke:Grpc</c> that limit connections.</summary>
internal sealed record ConnectionOptions
{
    /// <summary>Maximum number of connections. The gateway closes further connections at once.</summary>
    [Range(1, 1_000_000)]
    public int MaxConnections { get; set; } = 2000;

    /// <summary>
    /// Maximum number of connections from one address (IPv6: from one /64), so that one host cannot use up
    /// <c>MaxConnections</c>. The gateway closes further connections at once. 0 = no limit. Behind a mesh or a load balancer,
    /// all connections can have one address: set 0.
    /// </summary>
    [Range(0, 1_000_000)]
    public int MaxConnectionsPerPeer { get; set; } = 500;

    /// <summary>
    /// Maximum number of calls in flight on one connection. Clients delay further calls or open another connection.
    /// </summary>
    [Range(1, 1_000_000)]
    public int MaxStreamsPerConnection { get; set; } = 100;

    /// <summary>
    /// Maximum number of HTTP/2 streams of all connections together: calls in flight, rejected calls, and calls whose client
    /// does not read the response. The gateway closes the connection that exceeds it. Set it above <c>MaxCalls</c>:
    /// otherwise the gateway closes connections before it rejects calls.
    /// </summary>
    [Range(1, 2_000_000)]
    public int MaxStreams { get; set; } = 20_000;

    /// <summary>
    /// Maximum number of such streams from one address (IPv6: from one /64). The gateway closes the connection that exceeds
    /// it. 0 = no limit. Behind a mesh or a load balancer: set 0.
    /// </summary>
    [Range(0, 2_000_000)]
    public int MaxStreamsPerPeer { get; set; } = 10_000;

    /// <summary>
    /// Maximum size of the metadata of a call in bytes: names, values, and 32 bytes for each entry. The gateway rejects a call
    /// with more (METADATA_TOO_LARGE). It closes the connection if one entry, or all metadata, exceeds
    /// four times this size.
    /// </summary>
    [Range(1024, 1 << 20)]
    public int MaxMetadataSize { get; set; } = 16 << 10;

    /// <summary>
    /// Time from the start of a connection in which the client must complete TLS and the HTTP/2 preface. Then the gateway
    /// closes the connection.
    /// </summary>
    [TimeRange("00:00:00.010", "01:00:00")]
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Time after the handshake in which the client must start its first call. Then the gateway closes the connection with
    /// GOAWAY.
    /// </summary>
    [TimeRange("00:00:00.010", "1.00:00:00")]
    public TimeSpan FirstCallTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Time (±10 %) from the first call of a connection to its GOAWAY, so that callers spread over new replicas. None = no
    /// limit
    /// </summary>
    [TimeRange("00:00:00.010", "31.00:00:00")]
    public TimeSpan? MaxConnectionAge { get; set; }

    /// <summary>
    /// Time after that GOAWAY in which the calls of the connection can finish. Then the gateway closes it.
    /// </summary>
    [TimeRange("00:00:00.010", "1.00:00:00")]
    public TimeSpan MaxConnectionAgeGrace { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Interval of pings on an idle connection</summary>
    [TimeRange("00:00:01", "1.00:00:00")]
    public TimeSpan KeepAliveInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Time to wait for the response to a ping. Without a response, the gateway closes the connection.
    /// </summary>
    [TimeRange("00:00:01", "01:00:00")]
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(20);
}
