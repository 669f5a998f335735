using System.Net;

namespace Rke.Dns;

/// <summary>The settings of lookups: section <c>Rke:Dns</c>.</summary>
public sealed class DnsOptions
{
    private static readonly TimeSpan OneMinute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan OneWeek = TimeSpan.FromDays(7);

    /// <summary><c>host:port</c> of resolvers, separated by commas</summary>
    /// <value>the system's</value>
    public string Resolver { get; set; } = "";

    /// <summary>
    /// Source for domains outside <c>.raida</c>: <c>dns</c>, <c>raida</c> (the name lookup of the key servers), or
    /// <c>both</c> (compared). The last two require at least three key servers in the first network.
    /// </summary>
    public string Via { get; set; } = DnsVia.Dns;

    /// <summary>Time limit for one question, over all attempts</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Time to wait in the first round. Each further round waits twice as long.</summary>
    public TimeSpan FirstWait { get; set; } = TimeSpan.FromMilliseconds(600);

    /// <summary>Number of attempts per resolver</summary>
    public int Rounds { get; set; } = 3;

    /// <summary>Sends names in random case, and accepts only responses with the same case</summary>
    public bool MixCase { get; set; } = true;

    /// <summary>Maximum number of cached names</summary>
    public int CacheSize { get; set; } = 10_000;

    /// <summary>Maximum number of different names that are looked up at the same time</summary>
    public int MaximumLookups { get; set; } = 512;

    /// <summary>Minimum time for which a response is cached</summary>
    public TimeSpan MinimumTtl { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Maximum time for which a response is cached</summary>
    public TimeSpan MaximumTtl { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Maximum time for which a negative response is cached</summary>
    public TimeSpan MaximumNegativeTtl { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Time for which a response of the key servers is cached. These responses have no TTL.</summary>
    public TimeSpan RaidaTtl { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Time after a failed lookup in which the gateway does not try the same name again</summary>
    public TimeSpan FailurePause { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long after its expiry a response can be used while no source responds</summary>
    public TimeSpan StaleFor { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How long a lookup with a stale response waits for a fresh one</summary>
    public TimeSpan StaleAfter { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The configured resolvers, or the resolvers of the system.</summary>
    public IReadOnlyList<IPEndPoint> FindResolvers(SystemResolvers system) =>
        ResolverList.TryParse(Resolver, out var resolvers, out _) && resolvers.Count > 0
            ? resolvers
            : system.Resolvers;

    /// <summary>What is wrong with these values: each line begins with the key and ends with the fix. Empty if all are valid.</summary>
    public IEnumerable<string> Problems()
    {
        var errors = new List<string>();
        if (!ResolverList.TryParse(Resolver, out _, out var unreadable))
        {
            Add(errors, nameof(Resolver), unreadable,
                "write an address and a port such as 127.0.0.1:5353 or [::1]:53, up to 8 of them with commas, "
                + "or leave it empty for the system's resolvers");
        }

        if (!DnsVia.All.Contains(Via, StringComparer.OrdinalIgnoreCase))
        {
            Add(errors, nameof(Via), Via, $"write {string.Join(" or ", DnsVia.All)}");
        }

        CheckTime(errors, nameof(Timeout), Timeout, TimeSpan.FromMilliseconds(100), OneMinute);
        CheckTime(errors, nameof(FirstWait), FirstWait, TimeSpan.FromMilliseconds(10), OneMinute);
        CheckCount(errors, nameof(Rounds), Rounds, 10);
        CheckCount(errors, nameof(CacheSize), CacheSize, 1_000_000);
        CheckCount(errors, nameof(MaximumLookups), MaximumLookups, 100_000);
        CheckTime(errors, nameof(MinimumTtl), MinimumTtl, TimeSpan.Zero, OneWeek);
        CheckTime(errors, nameof(MaximumTtl), MaximumTtl, MinimumTtl, OneWeek);
        CheckTime(errors, nameof(MaximumNegativeTtl), MaximumNegativeTtl, TimeSpan.Zero, OneWeek);
        CheckTime(errors, nameof(RaidaTtl), RaidaTtl, TimeSpan.Zero, OneWeek);
        CheckTime(errors, nameof(FailurePause), FailurePause, TimeSpan.Zero, OneMinute);
        CheckTime(errors, nameof(StaleFor), StaleFor, TimeSpan.Zero, OneWeek);
        CheckTime(errors, nameof(StaleAfter), StaleAfter, TimeSpan.Zero, OneMinute);
        return errors;
    }

    private static void CheckTime(List<string> errors, string key, TimeSpan value, TimeSpan min, TimeSpan max)
    {
        if (value < min || value > max)
        {
            Add(errors, key, value.ToString(), $"write a time from {min} to {max}");
        }
    }

    private static void CheckCount(List<string> errors, string key, int value, int max)
    {
        if (value < 1 || value > max)
        {
            Add(errors, key, $"{value}", $"write a number from 1 to {max}");
        }
    }

    private static void Add(List<string> errors, string key, string value, string fix) =>
        errors.Add($"{key} is '{value}': {fix}.");
}

/// <summary>The values of <c>Rke:Dns:Via</c>.</summary>
public static class DnsVia
{
    /// <summary>DNS, not encrypted.</summary>
    public const string Dns = "dns";

    /// <summary>The name lookup of the key servers.</summary>
    public const string Raida = "raida";

    /// <summary>Both, with a comparison of the answers.</summary>
    public const string Both = "both";

    public static IReadOnlyList<string> All { get; } = [Dns, Raida, Both];
}
