using System.Diagnostics.Metrics;
using Rke.Gateway.State;

namespace Rke.Gateway.Limits;

/// <summary>Decisions of the limiters (docs/METRICS.md).</summary>
internal sealed class LimiterMeter : IDisposable
{
    public const string Name = "Rke.Gateway.Limits";

    private readonly Meter _meter;
    private readonly Counter<long> _decisions;

    public LimiterMeter(IMeterFactory factory)
    {
        _meter = factory.Create(Name);
        _decisions = _meter.CreateCounter<long>("rke.limiter.decisions", description: "Decisions of the limiters");
    }

    public void Decided(QuotaAnswer answer, bool isPost, bool isShadow)
    {
        // Who is admitted passed both limits.
        var limiter = answer == QuotaAnswer.PostsUsedUp || (isPost && answer == QuotaAnswer.Admitted)
            ? "caller_posts"
            : "caller_rate";
        var decision = answer switch
        {
            QuotaAnswer.Admitted => "admitted",
            QuotaAnswer.Unavailable => "unavailable",
            _ => isShadow ? "shadow_refused" : "refused",
        };
        _decisions.Add(1, new("limiter", limiter), new("decision", decision));
    }

    public void Dispose() => _meter.Dispose();
}
