using System.ComponentModel.DataAnnotations;
using Rke.Gateway.Configuration;

namespace Rke.Gateway.Quotas;

/// <summary>Section <c>Rke:Limits:Caller</c>: how much each caller may do.</summary>
internal sealed class CallerLimitOptions
{
    private const double OneOfThreeReplicas = 0.34;

    private CallerLookup? _lookup;

    /// <summary>Calls of any kind per caller in any second</summary>
    [Range(0, 1_000_000)]
    public int RequestsPerSecond { get; set; }

    /// <summary>PostKey calls and new sessions per caller in any 24 hours</summary>
    [Range(0, 1_000_000_000)]
    public int PostsPerDay { get; set; }

    /// <summary>
    /// <c>true</c> rejects no call and only reports what the quotas would reject: log event 1901 and
    /// <c>rke_limiter_decisions_total{decision="shadow_refused"}</c>
    /// </summary>
    public bool Shadow { get; set; }

    /// <summary>
    /// <c>true</c> accepts the header <c>x-rke-client</c> of callers without a proven name. Use it only behind a proxy that
    /// sets the header.
    /// </summary>
    public bool TrustHeader { get; set; }

    /// <summary>Limits of single callers</summary>
    public SectionList<CallerOverrideOptions> Overrides { get; set; } = [];

    /// <summary>
    /// While Redis is unavailable, each replica grants this share of every limit, but at least one. 0 = it rejects the calls
    /// of limited callers
    /// </summary>
    [Range(0d, 1d)]
    public double LocalShare { get; set; } = OneOfThreeReplicas;

    /// <summary>The limits of callers without an override.</summary>
    public CallerLimits Default => new(RequestsPerSecond, PostsPerDay);

    /// <summary>No caller has a limit.</summary>
    public bool IsNone => Lookup.IsNone;

    // The interceptor reads it for each call.
    private CallerLookup Lookup => _lookup ??= new(Default, Overrides.ToDictionary(
        caller => caller.Id!,
        caller => new CallerLimits(caller.RequestsPerSecond ?? RequestsPerSecond, caller.PostsPerDay ?? PostsPerDay),
        StringComparer.Ordinal));

    public CallerLimits Of(string caller) => Lookup.ByCaller.TryGetValue(caller, out var limits) ? limits : Default;

    public IEnumerable<string> Problems()
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, caller) in Overrides.Keyed())
        {
            if (caller.Id is null)
            {
                yield return $"Overrides:{key}:Id: is missing; write the name of the caller, such as spiffe://example.org/shop.";
            }
            else if (!ids.Add(caller.Id))
            {
                yield return $"Overrides:{key}:Id: '{caller.Id}' has an override already; keep one of them.";
            }
        }
    }

    private sealed class CallerLookup(CallerLimits others, Dictionary<string, CallerLimits> byCaller)
    {
        public Dictionary<string, CallerLimits> ByCaller => byCaller;

        public bool IsNone { get; } = others.IsNone && byCaller.Values.All(limits => limits.IsNone);
    }
}

/// <summary>Section <c>Rke:Limits:Caller:Overrides:n</c>: the limits of one caller.</summary>
internal sealed record CallerOverrideOptions
{
    /// <summary>Name of a caller that has limits of its own</summary>
    /// <value></value>
    public string? Id { get; set; }

    /// <summary>Calls of any kind of this caller in any second. None = the value for all callers</summary>
    /// <value></value>
    [Range(0, 1_000_000)]
    public int? RequestsPerSecond { get; set; }

    /// <summary>PostKey calls and new sessions of this caller in any 24 hours. None = the value for all callers</summary>
    /// <value></value>
    [Range(0, 1_000_000_000)]
    public int? PostsPerDay { get; set; }
}

/// <summary>What one caller may do.</summary>
/// <param name="RequestsPerSecond">Calls of any kind in any second. 0 = no limit.</param>
/// <param name="PostsPerDay">PostKey calls and new sessions in any 24 hours. 0 = no limit.</param>
internal readonly record struct CallerLimits(int RequestsPerSecond, int PostsPerDay)
{
    public bool IsNone => RequestsPerSecond == 0 && PostsPerDay == 0;
}
