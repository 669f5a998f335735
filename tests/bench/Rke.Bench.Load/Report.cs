using System.Globalization;

namespace Rke.Bench.Load;

/// <summary>The results of a run, as one line for a script.</summary>
internal sealed record Report(Http2Client Client, TimeSpan Duration)
{
    private const double Microsecond = 1000;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"calls={Client.Ended} failures={Client.Failures} rate={Client.Ended / Duration.TotalSeconds:F0} "
        + $"p50={Percentile(50):F0} p99={Percentile(99):F0} p99.9={Percentile(99.9):F0} max={Percentile(100):F0}");

    private double Percentile(double percentile) => Client.Ended == 0 ? 0 : Client.Times.GetValueAtPercentile(percentile) / Microsecond;
}
