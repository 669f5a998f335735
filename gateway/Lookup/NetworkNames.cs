using Rke.Gateway.Configuration;
using Rke.Gateway.Dns;

namespace Rke.Gateway.Lookup;

/// <summary>Names that the configuration itself knows: those of networks, and those of their key servers.</summary>
internal sealed class NetworkNames
{
    /// <summary>The name space that the RAIDA servers keep; it is not on the Internet's DNS.</summary>
    public const string RaidaDomain = "raida";

    private volatile Names _names = new([], []);

    public NetworkNames(IEnumerable<NetworkSettings> networks) => Set(networks);

    /// <summary>The configuration has changed.</summary>
    public void Set(IEnumerable<NetworkSettings> networks)
    {
        var names = new Names([], []);
        foreach (var network in networks)
        {
            if (DnsName.TryParse(network.Name, out var name, out _))
            {
                names.Numbers[name] = network.Id;
            }

            foreach (var endpoint in network.Servers.Values)
            {
                if (DnsName.TryParse(endpoint.Host, out var server, out _))
                {
                    names.Servers.Add(server);
                }
            }
        }

        _names = names;
    }

    /// <summary>The network to whose name a domain belongs: each domain under .raida has such a number.</summary>
    public ushort? NumberOf(DnsName domain)
    {
        foreach (var (name, number) in _names.Numbers)
        {
            if (domain.IsAtOrUnder(name.Value))
            {
                return number;
            }
        }

        return null;
    }

    /// <summary>A key server's own name has to be known before anything can be asked of it.</summary>
    public bool IsKeyServer(DnsName name) => _names.Servers.Contains(name);

    private sealed record Names(Dictionary<DnsName, ushort> Numbers, HashSet<DnsName> Servers);
}
