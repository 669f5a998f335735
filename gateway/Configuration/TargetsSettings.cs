using System.Net;
using Rke.Gateway.Dns;

namespace Rke.Gateway.Configuration;

/// <summary>
/// Section <c>Rke:Targets</c>: whom GetKey endpoints and Signals may address besides the configured key servers.
/// </summary>
/// <param name="Ranges">Addresses.</param>
/// <param name="Hosts">Names, in lower case.</param>
internal sealed record TargetsSettings(IReadOnlyList<IPNetwork> Ranges, IReadOnlyList<string> Hosts)
{
    public static TargetsSettings Read(SettingsReader reader)
    {
        var ranges = new List<IPNetwork>();
        var hosts = new List<string>();
        foreach (var (key, text) in reader.List("Allow"))
        {
            if (TryParseRange(text, out var range))
            {
                ranges.Add(range);
            }
            else if (HostText.TryParse(text, out var host))
            {
                hosts.Add(host);
            }
            else
            {
                reader.Reject(key, $"'{text}' cannot be used",
                    "write a host name, an IP address, or a range such as 198.51.100.0/24 or 2001:db8::/32");
            }
        }

        return new(ranges, hosts);
    }

    private static bool TryParseRange(string text, out IPNetwork range)
    {
        if (HostText.TryParseAddress(text, out var address))
        {
            range = new(address, address.GetAddressBytes().Length * 8);
            return true;
        }

        return IPNetwork.TryParse(text, out range);
    }
}
