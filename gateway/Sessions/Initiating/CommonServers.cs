using System.Net;
using Grpc.Core;
using Rke.Gateway.Admission;
using Rke.Gateway.Coins;
using Rke.Gateway.Errors;
using Rke.Gateway.KeyServers;
using Rke.Gateway.Networks;
using Rke.Lookup;

namespace Rke.Gateway.Sessions.Initiating;

/// <summary>
/// The key servers that both sides can use: the receiver's records name them, as networks or as single servers, and the
/// gateway has them configured and has coins for them.
/// </summary>
internal sealed class CommonServers(NetworkDirectory networks, CoinStore coins, HostAddresses hosts, ServerLinks links)
{
    /// <summary>Returns at least one server. If there is none, the call fails.</summary>
    /// <param name="answer">The receiver's records. Null if the caller named an endpoint.</param>
    public async Task<IReadOnlyList<ServerId>> FindAsync(SessionPlan plan, LookupAnswer? answer, CallScope scope)
    {
        IEnumerable<ServerId> servers = answer is null
            ? ServersOf(plan.Network ?? networks.Default)
            : ServersOf(answer.Records.Memberships).Concat(await FindSingleAsync(answer.Records.KeyServers, scope));
        var usable = servers.Distinct().Where(server => IsWanted(server, plan)).ToArray();
        return usable.Length > 0 ? usable : throw NoCommonServer(plan).ToException();
    }

    private static IEnumerable<ServerId> ServersOf(Network network) =>
        network.Servers.Keys.Order().Select(raidaId => network[raidaId]);

    private IEnumerable<ServerId> ServersOf(IReadOnlyList<Lookup.Memberships.Membership> memberships) => memberships
        .Select(membership => networks.Networks.FirstOrDefault(network => network.Id == membership.Network))
        .OfType<Network>()
        .SelectMany(ServersOf);

    private async Task<IEnumerable<ServerId>> FindSingleAsync(
        IReadOnlyList<Lookup.Memberships.KeyServer> keyServers, CallScope scope)
    {
        var found = await Task.WhenAll(keyServers.Select(keyServer => FindSingleAsync(keyServer, scope)));
        return found.OfType<ServerId>();
    }

    private async Task<ServerId?> FindSingleAsync(Lookup.Memberships.KeyServer keyServer, CallScope scope)
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
            // A server without an address is not usable.
            return null;
        }
    }

    private bool IsWanted(ServerId server, SessionPlan plan) =>
        (plan.Network is null || plan.Network.Id == server.Network)
        && (plan.Preferences.OnlyRaidaIds.Count == 0 || plan.Preferences.OnlyRaidaIds.Contains(server.RaidaId))
        && !plan.Preferences.ExcludeRaidaIds.Contains(server.RaidaId)
        && coins.Of(server.Network).Ids.Count > 0;

    private static CallFailure NoCommonServer(SessionPlan plan) => new(
        StatusCode.FailedPrecondition,
        Reason.NoCommonServer,
        "No key server is usable. A usable server is named by the receiver's records, is configured here, has coins here, and is "
        + "allowed by the preferences.")
    {
        Network = plan.Network?.Id,
    };
}
