using System.Diagnostics.Metrics;

namespace Rke.Gateway.Observability;

/// <summary>Counts the decisions of the limiters. docs/METRICS.md lists the label values.</summary>
internal sealed class LimiterMeter
{
    public const string Concurrency = "concurrency";
    public const string Diagnostics = "diagnostics";
    public const string Coin = "coin";
    public const string CallerRate = "caller_rate";
    public const string CallerPosts = "caller_posts";

    public const string Admitted = "admitted";
    public const string Refused = "refused";
    public const string ShadowRefused = "shadow_refused";
    public const string Unavailable = "unavailable";

    private readonly SeriesTable<(string Limiter, string Decision)> _decisions =
        new(key => [new("limiter", key.Limiter), new("decision", key.Decision)]);

    public LimiterMeter(IMeterFactory factory) => GatewayMeter.Of(factory).CreateObservableCounter(
        "rke.limiter.decisions", _decisions.Measure, "{decision}", "Decisions of the limiters.");

    public void OnDecided(string limiter, string decision) => _decisions[(limiter, decision)].Add(1);
}
