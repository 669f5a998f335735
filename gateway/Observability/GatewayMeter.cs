using System.Diagnostics.Metrics;

namespace Rke.Gateway.Observability;

/// <summary>The meter of the gateway. docs/METRICS.md lists its instruments.</summary>
internal static class GatewayMeter
{
    public const string Name = "Rke.Gateway";

    /// <summary>The buckets of durations, from a round trip on one machine to the longest deadlines.</summary>
    public static readonly InstrumentAdvice<double> Durations = new()
    {
        HistogramBucketBoundaries = [.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30],
    };

    public static Meter Of(IMeterFactory factory) => factory.Create(Name);
}
