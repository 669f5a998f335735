using System.ComponentModel.DataAnnotations;
using System.Net;
using Rke.Lookup.Sources;

namespace Rke.Gateway.Configuration;

/// <summary>Section <c>Rke:Signal</c>: Signals that the gateway sends and receives.</summary>
internal sealed record SignalOptions
{
    /// <summary>Port of a domain's signalling service if its records name none</summary>
    [Range(1, ushort.MaxValue)]
    public ushort Port { get; set; } = NetworkNames.DefaultSignalPort;

    /// <summary>
    /// UDP address on which the gateway receives Signals, such as <c>0.0.0.0:75</c> or <c>[::]:75</c>. Port 0 selects a free
    /// port; the gateway logs it. None = the gateway receives no Signals. On a host with several addresses, write the
    /// address that initiators use, because responses must come from it.
    /// </summary>
    public IPEndPoint? Listen { get; set; }

    /// <summary>
    /// Time limit for the collection of the parts of one Signal. Set it to less than half of the deadlines of initiators.
    /// </summary>
    [TimeRange("00:00:00.010", "00:01:00")]
    public TimeSpan CollectTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Maximum number of Signals in progress. The gateway does not answer further Signals, and their senders retransmit them.
    /// </summary>
    [Range(1, 100_000)]
    public int MaxConcurrent { get; set; } = 256;

    /// <summary>
    /// Maximum number of results with used parts that a replica keeps, and that Redis keeps for all replicas. When it is reached, the
    /// gateway removes the oldest result. A result uses about 100 bytes in the replica and 250 bytes in Redis.
    /// </summary>
    [Range(100, 10_000_000)]
    public int Results { get; set; } = 50_000;

    /// <summary>New Signals per second from one IPv4 /24 or IPv6 /56</summary>
    [Range(1, 1_000_000)]
    public int SourceRate { get; set; } = 20;

    /// <summary>New Signals in a burst from one IPv4 /24 or IPv6 /56</summary>
    [Range(1, 1_000_000)]
    public int SourceBurst { get; set; } = 100;
}
