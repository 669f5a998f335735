using Rke.Dns;

namespace Rke.Gateway.Configuration;

/// <summary>Reads <c>host:port</c>: a name, an IPv4 address, or an IPv6 address in brackets.</summary>
internal static class HostPort
{
    public static bool TryParse(string text, out HostEndpoint endpoint)
    {
        endpoint = default;
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !HostText.TryParsePort(text.AsSpan(colon + 1), out var port))
        {
            return false;
        }

        var host = text.AsSpan(0, colon);
        if (host.Contains(':'))
        {
            if (host is not ['[', .. var inner, ']'])
            {
                return false;
            }

            host = inner;
        }

        if (!HostText.TryParse(host, out var name))
        {
            return false;
        }

        endpoint = new(name, port);
        return true;
    }
}
