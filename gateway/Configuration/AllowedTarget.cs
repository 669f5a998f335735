using System.Net;
using Rke.Dns;

namespace Rke.Gateway.Configuration;

/// <summary>A host name or a range of addresses. One of them is set.</summary>
internal readonly record struct AllowedTarget(string? Host, IPNetwork? Range)
{
    public static bool TryParse(string text, out AllowedTarget target)
    {
        target = default;
        if (HostText.TryParseAddress(text, out var address))
        {
            target = new(null, new IPNetwork(address, address.GetAddressBytes().Length * 8));
        }
        else if (IPNetwork.TryParse(text, out var range))
        {
            target = new(null, range);
        }
        else if (HostText.TryParse(text, out var host))
        {
            target = new(host, null);
        }

        return target != default;
    }
}
