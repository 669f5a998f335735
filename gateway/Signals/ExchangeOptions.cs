using System.ComponentModel.DataAnnotations;
using Rke.Gateway.Configuration;
using Rke.UdpBridge.Streams;

namespace Rke.Gateway.Signals;

/// <summary>Section <c>Rke:Signal:Exchange</c>: Exchange Keys over TCP.</summary>
internal sealed record ExchangeOptions
{
    /// <summary>
    /// Accepts Exchange Keys over TCP at the address and port of <c>Rke:Signal:Listen</c>. Initiators with the transport EXCHANGE need it.
    /// </summary>
    public bool Enabled { get; set; }

    /// <summary>
    /// Maximum number of open connections. At the limit, a new connection replaces the one that has waited longest for a request.
    /// </summary>
    [Range(1, 100_000)]
    public int MaxConnections { get; set; } = 1024;

    /// <summary>Maximum number of open connections from one IPv4 /24 or IPv6 /56</summary>
    [Range(1, 100_000)]
    public int MaxConnectionsPerSource { get; set; } = 64;

    /// <summary>Time in which a connection must deliver a complete request</summary>
    [TimeRange("00:00:00.010", "00:01:00")]
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(5);

    public StreamServerOptions ToLimits() => new()
    {
        MaxConnections = MaxConnections,
        MaxPerSource = MaxConnectionsPerSource,
        RequestTimeout = RequestTimeout,
    };
}
