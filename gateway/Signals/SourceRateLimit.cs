using System.Net;
using Microsoft.Extensions.Options;
using Rke.Gateway.Configuration;
using Rke.UdpBridge.Streams;

namespace Rke.Gateway.Signals;

/// <summary>
/// Limits the new Signals and Exchange Keys of each source: a token bucket for each IPv4 /24 and IPv6 /56.
/// </summary>
internal sealed class SourceRateLimit(IOptionsMonitor<SignalOptions> options, TimeProvider timeProvider)
{
    /// <summary>The name of this limiter in the metrics.</summary>
    public const string Name = "signal_source";

    private readonly SourceBuckets _buckets = new(options.CurrentValue.SourceBurst, timeProvider);

    /// <summary>Takes one token. Returns false if there is none.</summary>
    public bool TryTake(IPAddress source) =>
        _buckets.TryTake(SourcePrefix.Of(source), options.CurrentValue.SourceRate, options.CurrentValue.SourceBurst);
}
