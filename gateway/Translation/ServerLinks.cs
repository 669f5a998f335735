using System.Net;
using Grpc.Core;
using Rke.Gateway.Lookup;
using Rke.Gateway.Networks;
using Rke.Gateway.Reload;
using Rke.Gateway.Services;
using Rke.Gateway.State;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Gateway.Translation;

/// <summary>The bridge's links to the configured key servers. Servers with a name keep their address while the name has it.</summary>
internal sealed class ServerLinks
{
    private readonly Lock _gate = new();
    private readonly UdpBridge.UdpBridge _bridge;
    private readonly HostAddresses _hosts;
    private readonly NetworkDirectory _directory;
    private volatile Dictionary<ServerNumber, ServerLink> _links = [];

    public ServerLinks(UdpBridge.UdpBridge bridge, NetworkDirectory directory, HostAddresses hosts, LiveSettings live)
    {
        (_bridge, _directory, _hosts) = (bridge, directory, hosts);
        Follow();
        live.Follow(Follow);
    }

    /// <summary>The link to a configured server. A call that began before the configuration changed ends as it began.</summary>
    public async ValueTask<ServerLink> ToServerAsync(Network network, byte raidaId, CallScope scope)
    {
        var number = network[raidaId];
        var endpoint = network.Servers[raidaId];
        if (IPAddress.TryParse(endpoint.Host, out var literal))
        {
            return To(network, raidaId, new(literal, endpoint.Port));
        }

        var addresses = await _hosts.FindAsync(endpoint.Host, field: null, scope);
        if (_links.TryGetValue(number, out var link)
            && link.Address.EndPoint.Port == endpoint.Port
            && addresses.Contains(link.Address.EndPoint.Address))
        {
            return link;
        }

        var address = AddressOf(network, raidaId, new(addresses[0], endpoint.Port));
        lock (_gate)
        {
            if (IsConfigured(number, endpoint))
            {
                var all = _links.ToDictionary(entry => entry.Key, entry => entry.Value.Address);
                all[number] = address;
                Configure(all);
            }
        }

        return _bridge.Link(address);
    }

    /// <summary>The link to a configured server, if its address is known by now.</summary>
    public ServerLink? TryLinkTo(ServerNumber server) => _links.GetValueOrDefault(server);

    /// <summary>A link to a server at an address of the caller's choice, which somebody has allowed.</summary>
    public ServerLink To(Network network, byte raidaId, IPEndPoint endPoint) =>
        _bridge.Link(AddressOf(network, raidaId, endPoint));

    /// <summary>A link to a receiver's signalling service, which always speaks the rke profile.</summary>
    public ServerLink ToSignalService(ushort network, IPEndPoint endPoint) =>
        _bridge.Link(new ServerAddress(WireProfile.Rke, network, 0, endPoint));

    /// <summary>The configured server that listens at an address.</summary>
    /// <param name="network">Only of this network; null = of any.</param>
    public ServerNumber? FindAt(IPEndPoint endPoint, ushort? network)
    {
        foreach (var (number, link) in _links)
        {
            if ((network is null || number.Network == network) && link.Address.EndPoint.Equals(endPoint))
            {
                return number;
            }
        }

        return null;
    }

    /// <summary>Asks again where the servers with a name are; gives what went wrong.</summary>
    public async Task<IReadOnlyList<string>> RefreshAsync(CallScope scope)
    {
        var problems = new List<string>();
        foreach (var network in _directory.Networks)
        {
            foreach (var (raidaId, endpoint) in network.Servers)
            {
                if (IPAddress.TryParse(endpoint.Host, out _))
                {
                    continue;
                }

                try
                {
                    await ToServerAsync(network, raidaId, scope);
                }
                catch (RpcException exception)
                {
                    problems.Add($"{network[raidaId]}: {exception.Status.Detail}");
                }
            }
        }

        return problems;
    }

    private static ServerAddress AddressOf(Network network, byte raidaId, IPEndPoint endPoint) =>
        new(network.Profile, network.Id, raidaId, endPoint);

    // Servers with a name keep the address that they had, until it is asked for again.
    private void Follow()
    {
        lock (_gate)
        {
            var servers = new Dictionary<ServerNumber, ServerAddress>();
            foreach (var network in _directory.Networks)
            {
                foreach (var (raidaId, endpoint) in network.Servers)
                {
                    var number = network[raidaId];
                    if (IPAddress.TryParse(endpoint.Host, out var literal))
                    {
                        servers[number] = AddressOf(network, raidaId, new(literal, endpoint.Port));
                    }
                    else if (_links.TryGetValue(number, out var link) && link.Address.EndPoint.Port == endpoint.Port)
                    {
                        servers[number] = AddressOf(network, raidaId, link.Address.EndPoint);
                    }
                }
            }

            Configure(servers);
        }
    }

    private bool IsConfigured(ServerNumber number, HostEndpoint endpoint) =>
        _directory.Find(number.Network) is { } network
        && network.Servers.TryGetValue(number.RaidaId, out var configured)
        && configured == endpoint;

    private void Configure(Dictionary<ServerNumber, ServerAddress> servers)
    {
        var links = _bridge.Configure(servers.Values);
        _links = servers.Keys.Zip(links).ToDictionary(pair => pair.First, pair => pair.Second);
    }
}
