using System.Net;

namespace Rke.Gateway.Dns;

/// <summary>The system's resolvers: the <c>nameserver</c> lines of resolv.conf(5).</summary>
internal static class SystemResolvers
{
    private const string Path = "/etc/resolv.conf";
    private const string Keyword = "nameserver";

    // resolv.conf(5), MAXNS.
    private const int Maximum = 3;

    public static IReadOnlyList<IPEndPoint> Read()
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
    /// Lines that cannot be read are skipped; without any, the resolver is on this host, as in the C library.
    /// </summary>
    public static IReadOnlyList<IPEndPoint> Parse(IEnumerable<string> lines)
    {
        var resolvers = new List<IPEndPoint>();
        foreach (var line in lines)
        {
            var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words is [Keyword, var text, ..] && IPAddress.TryParse(text, out var address)
                && resolvers.Count < Maximum)
            {
                resolvers.Add(new IPEndPoint(address, ResolverList.DefaultPort));
            }
        }

        if (resolvers.Count == 0)
        {
            resolvers.Add(new IPEndPoint(IPAddress.Loopback, ResolverList.DefaultPort));
        }

        return resolvers;
    }
}
