using System.Collections.Concurrent;
using System.Net;
using Grpc.Core;
using Rke.Gateway.Lookup;
using Rke.Gateway.Networks;
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
    private readonly ConcurrentDictionary<ServerNumber, ServerLink> _links = new();
    private readonly Dictionary<ServerNumber, (Network Network, HostEndpoint Endpoint)> _named = [];

    public ServerLinks(UdpBridge.UdpBridge bridge, NetworkDirectory directory, HostAddresses hosts)
    {
        _bridge = bridge;
        _hosts = hosts;
        var literal = new Dictionary<ServerNumber, ServerAddress>();
        foreach (var network in directory.Networks)
        {
            foreach (var (raidaId, endpoint) in network.Servers)
            {
                if (IPAddress.TryParse(endpoint.Host, out var address))
                {
                    literal[network[raidaId]] = AddressOf(network, raidaId, new(address, endpoint.Port));
                }
                else
                {
                    _named[network[raidaId]] = (network, endpoint);
                }
            }
        }

        Configure(literal);
    }

    /// <summary>Whether addresses of servers may change.</summary>
    public bool HasNames => _named.Count > 0;

    /// <summary>The link to a configured server.</summary>
    public async ValueTask<ServerLink> ToServerAsync(Network network, byte raidaId, CallScope scope)
    {
        var number = network[raidaId];
        if (!_named.TryGetValue(number, out var named))
        {
            return _links[number];
        }

        var addresses = await _hosts.FindAsync(named.Endpoint.Host, field: null, scope);
        if (_links.TryGetValue(number, out var link) && addresses.Contains(link.Address.EndPoint.Address))
        {
            return link;
        }

        lock (_gate)
        {
            var all = _links.ToDictionary(entry => entry.Key, entry => entry.Value.Address);
            all[number] = AddressOf(network, raidaId, new(addresses[0], named.Endpoint.Port));
            Configure(all);
        }

        return _links[number];
    }

    /// <summary>The link to a configured server that <see cref="FindAt"/> found.</summary>
    public ServerLink LinkTo(ServerNumber server) => _links[server];

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
        foreach (var (number, (network, _)) in _named)
        {
            try
            {
                await ToServerAsync(network, number.RaidaId, scope);
            }
            catch (RpcException exception)
            {
                problems.Add($"{number}: {exception.Status.Detail}");
            }
        }

        return problems;
    }

    private static ServerAddress AddressOf(Network network, byte raidaId, IPEndPoint endPoint) =>
        new(network.Profile, network.Id, raidaId, endPoint);

    private void Configure(Dictionary<ServerNumber, ServerAddress> servers)
    {
        var links = _bridge.Configure(servers.Values);
        foreach (var (number, link) in servers.Keys.Zip(links))
        {
            _links[number] = link;
        }
    }
}
