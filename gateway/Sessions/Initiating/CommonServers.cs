using System.Net;
using Grpc.Core;
using Rke.Gateway.Coins;
using Rke.Gateway.Errors;
using Rke.Gateway.Lookup;
using Rke.Gateway.Networks;
using Rke.Gateway.Services;
using Rke.Gateway.State;
using Rke.Gateway.Translation;

namespace Rke.Gateway.Sessions.Initiating;

/// <summary>
/// The key servers that both sides can reach: those the receiver's records name, as networks or one by one, and the
/// gateway has configured and holds coins for.
/// </summary>
internal sealed class CommonServers(NetworkDirectory networks, CoinShelf shelf, HostAddresses hosts, ServerLinks links)
{
    /// <summary>At least one, or the call fails.</summary>
    /// <param name="answer">The receiver's records; null where the caller named an endpoint.</param>
    public async Task<IReadOnlyList<ServerNumber>> FindAsync(SessionOrder order, LookupAnswer? answer, CallScope scope)
    {
        IEnumerable<ServerNumber> servers = answer is null
            ? ServersOf(order.Network ?? networks.Default)
            : ServersOf(answer.Records.Memberships).Concat(await FindSingleAsync(answer.Records.KeyServers, scope));
        var usable = servers.Distinct().Where(server => IsWanted(server, order)).ToArray();
        return usable.Length > 0 ? usable : throw NoCommonServer(order).ToException();
    }

    private static IEnumerable<ServerNumber> ServersOf(Network network) =>
        network.Servers.Keys.Order().Select(raidaId => network[raidaId]);

    private IEnumerable<ServerNumber> ServersOf(IReadOnlyList<Lookup.Membership> memberships) => memberships
        .Select(membership => networks.Networks.FirstOrDefault(network => network.Id == membership.Network))
        .OfType<Network>()
        .SelectMany(ServersOf);

    private async Task<IEnumerable<ServerNumber>> FindSingleAsync(
        IReadOnlyList<Lookup.KeyServer> keyServers, CallScope scope)
    {
        var found = await Task.WhenAll(keyServers.Select(keyServer => FindSingleAsync(keyServer, scope)));
        return found.OfType<ServerNumber>();
    }

    private async Task<ServerNumber?> FindSingleAsync(Lookup.KeyServer keyServer, CallScope scope)
    {
        try
        {
            var addresses = await hosts.FindAsync(keyServer.Endpoint.Host, field: null, scope);
            return addresses
                .Select(address => links.FindAt(new IPEndPoint(address, keyServer.Endpoint.Port), network: null))
                .FirstOrDefault(server => server?.RaidaId == keyServer.RaidaId);
        }
        catch (RpcException)
        {
            // A server that cannot be found is none that both sides can reach.
            return null;
        }
    }

    private bool IsWanted(ServerNumber server, SessionOrder order) =>
        (order.Network is null || order.Network.Id == server.Network)
        && (order.Preferences.OnlyRaidaIds.Count == 0 || order.Preferences.OnlyRaidaIds.Contains(server.RaidaId))
        && !order.Preferences.ExcludeRaidaIds.Contains(server.RaidaId)
        && shelf.Of(server.Network).Ids.Count > 0;

    private static CallFailure NoCommonServer(SessionOrder order) => new(
        StatusCode.FailedPrecondition,
        Reason.NoCommonServer,
        "There is no key server that the receiver reads from, that this gateway has configured and holds coins for, "
        + "and that the preferences allow.")
    {
        Network = order.Network?.Id,
    };
}
