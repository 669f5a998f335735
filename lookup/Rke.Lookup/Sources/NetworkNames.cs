using Rke.Dns;
using Rke.Lookup.Memberships;

namespace Rke.Lookup.Sources;

/// <summary>One configured network of key servers.</summary>
/// <param name="Id">The number of the network.</param>
/// <param name="Name">The domain of the network below .raida; null if it has none.</param>
/// <param name="ServerHosts">The host names of its key servers.</param>
public sealed record ConfiguredNetwork(ushort Id, string? Name, IEnumerable<string> ServerHosts);

/// <summary>The names that the configuration defines: those of networks, and those of their key servers.</summary>
public sealed class NetworkNames
{
    /// <summary>The top-level domain of the key servers. DNS does not have it.</summary>
    public const string RaidaDomain = "raida";

    /// <summary>The default port of signalling services.</summary>
    public const ushort DefaultSignalPort = MembershipSection.DefaultSignalPort;

    private volatile Names _names = new([], []);

    /// <summary>The port of a signalling service whose records name no port.</summary>
    public ushort SignalPort { get; private set; } = DefaultSignalPort;

    /// <summary>Replaces all names. Call it when the configuration changes.</summary>
    public void Set(IEnumerable<ConfiguredNetwork> networks, ushort signalPort)
    {
        var names = new Names([], []);
        foreach (var network in networks)
        {
            if (DnsName.TryParse(network.Name, out var name, out _))
            {
                names.Numbers[name] = network.Id;
            }

            foreach (var host in network.ServerHosts)
            {
                if (DnsName.TryParse(host, out var server, out _))
                {
                    names.Servers.Add(server);
                }
            }
        }

        _names = names;
        SignalPort = signalPort;
    }

    /// <summary>The network whose name is the domain or a parent of it. Null if there is none.</summary>
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

    /// <summary>Whether a name is the host of a key server. Key servers cannot resolve their own names.</summary>
    public bool IsKeyServer(DnsName name) => _names.Servers.Contains(name);

    private sealed record Names(Dictionary<DnsName, ushort> Numbers, HashSet<DnsName> Servers);
}
