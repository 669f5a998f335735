using System.Diagnostics.Metrics;

namespace Rke.Gateway.Observability;

/// <summary>What the limiters decided. Limiters and decisions are the words of docs/METRICS.md.</summary>
internal sealed class LimiterMeter
{
    public const string Concurrency = "concurrency";
    public const string Coin = "coin";
    public const string CallerRate = "caller_rate";
    public const string CallerPosts = "caller_posts";

    public const string Admitted = "admitted";
    public const string Refused = "refused";
    public const string ShadowRefused = "shadow_refused";
    public const string Unavailable = "unavailable";

    private readonly Counter<long> _decisions;

    public LimiterMeter(IMeterFactory factory) => _decisions = GatewayMeter.Of(factory).CreateCounter<long>(
        "rke.limiter.decisions", "{decision}", "Decisions of the limiters.");

    public void OnDecided(string limiter, string decision) => _decisions.Add(
        1,
        new KeyValuePair<string, object?>("limiter", limiter),
        new KeyValuePair<string, object?>("decision", decision));
}
