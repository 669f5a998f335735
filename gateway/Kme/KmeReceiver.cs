using Rke.Dns;
using Rke.Gateway.Configuration;
using Rke.V1;

namespace Rke.Gateway.Kme;

/// <summary>Where the Signals of a pair go.</summary>
internal static class KmeReceiver
{
    /// <summary>Reads <c>host:port</c> or a domain, as the target of a request.</summary>
    public static bool TryParse(string text, out InitiateSessionRequest request)
    {
        request = new();
        if (HostPort.TryParse(text, out var endpoint))
        {
            request.Endpoint = new() { Host = endpoint.Host, Port = (uint)endpoint.Port };
            return true;
        }

        if (text.Contains(':', StringComparison.Ordinal) || !DnsName.TryParse(text, out var domain, out _))
        {
            return false;
        }

        request.Domain = domain.Value;
        return true;
    }
}
