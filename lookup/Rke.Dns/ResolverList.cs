using System.Net;

namespace Rke.Dns;

/// <summary>Parses a list such as <c>127.0.0.1:5353, [::1]:53, 192.0.2.1</c>. The default port is 53.</summary>
public static class ResolverList
{
    public const int DefaultPort = 53;

    private const int MaxResolvers = 8;

    public static bool TryParse(string text, out IReadOnlyList<IPEndPoint> resolvers, out string unreadable)
    {
        var list = new List<IPEndPoint>();
        resolvers = list;
        unreadable = "";
        foreach (var entry in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (list.Count == MaxResolvers || !TryParseOne(entry, out var resolver))
            {
                unreadable = entry;
                return false;
            }

            list.Add(resolver);
        }

        return true;
    }

    private static bool TryParseOne(string entry, out IPEndPoint resolver)
    {
        resolver = new IPEndPoint(IPAddress.None, DefaultPort);
        if (HostText.TryParseAddress(entry, out var address))
        {
            resolver = new IPEndPoint(address, DefaultPort);
            return true;
        }

        var colon = entry.LastIndexOf(':');
        if (colon <= 0 || !HostText.TryParsePort(entry.AsSpan(colon + 1), out var port))
        {
            return false;
        }

        var host = entry.AsSpan(0, colon);
        if (host.Contains(':'))
        {
            // An IPv6 address with a port needs brackets, because the port could be the last group of the address.
            if (host is not ['[', .. var inner, ']'])
            {
                return false;
            }

            host = inner;
        }

        if (!HostText.TryParseAddress(host, out address))
        {
            return false;
        }

        resolver = new IPEndPoint(address, port);
        return true;
    }
}
