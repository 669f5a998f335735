using System.Globalization;
using System.Net;

namespace Rke.Dns;

/// <summary>The DNS configuration of the system, from resolv.conf(5).</summary>
/// <param name="Resolvers">The <c>nameserver</c> lines, at least one.</param>
/// <param name="SearchDomains">The domains of the last <c>search</c> or <c>domain</c> line.</param>
/// <param name="MinDots">The option <c>ndots</c>. A name with fewer dots is first looked up in the search domains.</param>
public sealed record SystemResolvers(
    IReadOnlyList<IPEndPoint> Resolvers, IReadOnlyList<string> SearchDomains, int MinDots)
{
    private const string Path = "/etc/resolv.conf";
    private const string DotsOption = "ndots:";

    // resolv.conf(5): MAXNS, and the maximum of ndots.
    private const int MaxResolvers = 3;
    private const int MaxMinDots = 15;

    public static SystemResolvers Read()
    {
        try
        {
            return Parse(File.ReadLines(Path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Parse([]);
        }
    }

    /// <summary>
    /// Skips invalid lines. Without a valid <c>nameserver</c> line, the resolver is on this host, as in the C library.
    /// </summary>
    public static SystemResolvers Parse(IEnumerable<string> lines)
    {
        var resolvers = new List<IPEndPoint>();
        IReadOnlyList<string> search = [];
        var minDots = 1;
        foreach (var line in lines)
        {
            var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            switch (words)
            {
                case ["nameserver", var text, ..]
                    when IPAddress.TryParse(text, out var address) && resolvers.Count < MaxResolvers:
                    resolvers.Add(new IPEndPoint(address, ResolverList.DefaultPort));
                    break;
                case ["search", .. var domains]:
                    search = [.. domains.Where(IsDomain)];
                    break;
                case ["domain", var domain, ..]:
                    search = IsDomain(domain) ? [domain] : [];
                    break;
                case ["options", .. var options]:
                    minDots = options.Select(DotsOf).LastOrDefault(dots => dots is not null) ?? minDots;
                    break;
            }
        }

        if (resolvers.Count == 0)
        {
            resolvers.Add(new IPEndPoint(IPAddress.Loopback, ResolverList.DefaultPort));
        }

        return new(resolvers, search, minDots);
    }

    /// <summary>The full names to look up for a name, in the order of the C library. A name that ends with a dot is full.</summary>
    public IEnumerable<string> Expand(string name)
    {
        if (name.EndsWith('.'))
        {
            return [name];
        }

        var searched = SearchDomains.Select(domain => $"{name}.{domain}");
        return name.Count(letter => letter == '.') < MinDots ? [.. searched, name] : [name, .. searched];
    }

    // The root domain in a search list adds nothing to a name.
    private static bool IsDomain(string text) => text != "." && DnsName.TryParse(text, out _, out _);

    private static int? DotsOf(string option) =>
        option.StartsWith(DotsOption, StringComparison.Ordinal)
        && int.TryParse(option.AsSpan(DotsOption.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var dots)
            ? Math.Min(dots, MaxMinDots)
            : null;
}
