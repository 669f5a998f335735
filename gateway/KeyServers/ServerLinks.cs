using System.Net;
using Grpc.Core;
using Microsoft.Extensions.Options;
using Rke.Dns;
using Rke.Gateway.Admission;
using Rke.Gateway.Networks;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Gateway.KeyServers;

/// <summary>
/// The links of the bridge to the configured key servers. A server with a host name keeps its address while the name
/// resolves to it.
/// </summary>
internal sealed class ServerLinks
{
    private readonly Lock _gate = new();
    private readonly BridgeClient _bridge;
    private readonly KeyServerAddresses _addresses;
    private readonly NetworkDirectory _directory;
    private volatile Dictionary<ServerId, ServerLink> _links = [];
    private volatile IReadOnlyList<string> _nameProblems = [];

    public ServerLinks(
        BridgeClient bridge, NetworkDirectory directory, KeyServerAddresses addresses, IOptionsMonitor<NetworksOptions> networks)
    {
        (_bridge, _directory, _addresses) = (bridge, directory, addresses);
        Follow();
        networks.OnChange(_ => Follow());
    }

    /// <summary>
    /// The link to a configured server. A call uses the configuration that was valid when the call began.
    /// </summary>
    public async ValueTask<ServerLink> ToServerAsync(Network network, byte raidaId, CallScope scope)
    {
        var id = network[raidaId];
        if (network.LiteralOf(raidaId) is { } literal)
        {
            // Usually the link is in the table, so that a call creates no address.
            return _links.TryGetValue(id, out var present)
                && present.Address.Profile == network.Profile
                && present.Address.EndPoint.Equals(literal)
                    ? present
                    : To(network, raidaId, literal);
        }

        var endpoint = network.Servers[raidaId];
        var addresses = await _addresses.FindAsync(endpoint.Host, scope);
        if (_links.TryGetValue(id, out var link)
            && link.Address.EndPoint.Port == endpoint.Port
            && addresses.Contains(link.Address.EndPoint.Address))
        {
            return link;
        }

        var address = AddressOf(network, raidaId, new(addresses[0], endpoint.Port));
        lock (_gate)
        {
            if (IsConfigured(id, endpoint))
            {
                var all = _links.ToDictionary(entry => entry.Key, entry => entry.Value.Address);
                all[id] = address;
                Configure(all);
            }
        }

        return _bridge.Link(address);
    }

    /// <summary>The host names of key servers that the last refresh could not resolve, with the reason.</summary>
    public IReadOnlyList<string> NameProblems => _nameProblems;

    /// <summary>The link to a configured server; null if its address is not yet resolved.</summary>
    public ServerLink? TryLinkTo(ServerId server) => _links.GetValueOrDefault(server);

    /// <summary>A link to a server at an address that the caller of this method has checked.</summary>
    public ServerLink To(Network network, byte raidaId, IPEndPoint endPoint) =>
        _bridge.Link(AddressOf(network, raidaId, endPoint));

    /// <summary>A link to the signalling service of a receiver, which always uses the rke profile.</summary>
    public ServerLink ToSignalService(ushort network, IPEndPoint endPoint) =>
        _bridge.Link(new ServerAddress(WireProfile.Rke, network, 0, endPoint));

    /// <summary>The configured server with an address; null if there is none.</summary>
    /// <param name="network">The network to search; null for all networks.</param>
    public ServerId? FindAt(IPEndPoint endPoint, ushort? network)
    {
        foreach (var (id, link) in _links)
        {
            if ((network is null || id.Network == network) && link.Address.EndPoint.Equals(endPoint))
            {
                return id;
            }
        }

        return null;
    }

    /// <summary>Resolves the host names of all servers again. Returns the problems.</summary>
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

        return _nameProblems = problems;
    }

    private static ServerAddress AddressOf(Network network, byte raidaId, IPEndPoint endPoint) =>
        new(network.Profile, network.Id, raidaId, endPoint);

    // Servers with a host name keep their address until the next refresh.
    private void Follow()
    {
        lock (_gate)
        {
            var servers = new Dictionary<ServerId, ServerAddress>();
            foreach (var network in _directory.Networks)
            {
                foreach (var (raidaId, endpoint) in network.Servers)
                {
                    var id = network[raidaId];
                    if (IPAddress.TryParse(endpoint.Host, out var literal))
                    {
                        servers[id] = AddressOf(network, raidaId, new(literal, endpoint.Port));
                    }
                    else if (_links.TryGetValue(id, out var link) && link.Address.EndPoint.Port == endpoint.Port)
                    {
                        servers[id] = AddressOf(network, raidaId, link.Address.EndPoint);
                    }
                }
            }

            Configure(servers);
        }
    }

    private bool IsConfigured(ServerId id, HostEndpoint endpoint) =>
        _directory.Find(id.Network) is { } network
        && network.Servers.TryGetValue(id.RaidaId, out var configured)
        && configured == endpoint;

    private void Configure(Dictionary<ServerId, ServerAddress> servers)
    {
        var links = _bridge.Configure(servers.Values);
        _links = servers.Keys.Zip(links).ToDictionary(pair => pair.First, pair => pair.Second);
    }
}
