using System.Net;

namespace Rke.Gateway.Dns;

/// <summary>How names are looked up: section <c>Rke:Dns</c>.</summary>
internal sealed class DnsOptions
{
    public const string Section = "Rke:Dns";

    /// <summary>Where to ask over DNS: <c>host:port</c>, several with commas; empty = the system's resolvers.</summary>
    public string Resolver { get; set; } = "";

    /// <summary>What domains outside <c>.raida</c> are asked of.</summary>
    public string Via { get; set; } = DnsVia.Dns;

    /// <summary>The most time for one question, over all tries.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the first try waits before the next; each round waits twice as long.</summary>
    public TimeSpan FirstWait { get; set; } = TimeSpan.FromMilliseconds(600);

    /// <summary>How often each resolver is tried.</summary>
    public int Rounds { get; set; } = 3;

    /// <summary>Ask in mixed upper and lower case, and accept only the same back: harder to forge.</summary>
    public bool MixCase { get; set; } = true;

    /// <summary>Names kept in the cache.</summary>
    public int CacheSize { get; set; } = 10_000;

    /// <summary>Different names looked up at the same time; more are refused.</summary>
    public int MaximumLookups { get; set; } = 512;

    /// <summary>An answer is kept at least this long, whatever its TTL.</summary>
    public TimeSpan MinimumTtl { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>An answer is kept at most this long, whatever its TTL.</summary>
    public TimeSpan MaximumTtl { get; set; } = TimeSpan.FromHours(1);

    /// <summary>That there is nothing is believed at most this long.</summary>
    public TimeSpan MaximumNegativeTtl { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a name lookup's answer holds, which says nothing of it itself.</summary>
    public TimeSpan RaidaTtl { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>After a failed lookup the same name is not asked again for this long.</summary>
    public TimeSpan FailurePause { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long after its time an answer may still serve while nobody can be asked; zero = never.</summary>
    public TimeSpan StaleFor { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Who has a stale answer waits no longer than this for a fresh one.</summary>
    public TimeSpan StaleAfter { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The resolvers named here, else the system's.</summary>
    public IReadOnlyList<IPEndPoint> FindResolvers() =>
        ResolverList.TryParse(Resolver, out var resolvers, out _) && resolvers.Count > 0
            ? resolvers
            : SystemResolvers.Read();
}
