using Google.Protobuf.WellKnownTypes;
using Rke.Gateway.Calls;
using Rke.Gateway.Coins;
using Rke.Gateway.Errors;
using Rke.Gateway.KeyServers;
using Rke.Gateway.Networks;
using Rke.Gateway.Policy;
using Rke.Gateway.Probes;
using Rke.UdpBridge;
using Rke.V1;
using Condition = Rke.V1.ServerState.Types.Condition;
using ServerState = Rke.V1.ServerState;

namespace Rke.Gateway.Admin;

/// <summary>ListServers: the configured key servers, and how they respond.</summary>
internal sealed class ServerList(NetworkDirectory networks, ServerLinks links, ServerProbes probes, RefusedCoins refusedCoins)
{
    public ListServersResponse Find(ListServersRequest request, Permit permit)
    {
        var bad = new BadFields();
        var named = request.Network == 0 ? null : bad.CheckNetwork(networks, request.Network);
        bad.ThrowIfAny();
        if (named is not null)
        {
            permit.Require(named.Id, coin: null);
        }

        var response = new ListServersResponse();
        response.Servers.AddRange(
            from network in named is null ? networks.Networks : [named]
            where permit.Allows(network.Id)
            orderby network.Id
            from raidaId in network.Servers.Keys.Order()
            select StateOf(network, raidaId));
        return response;
    }

    private ServerState StateOf(Network network, byte raidaId)
    {
        var server = network[raidaId];
        var condition = probes.Of(server);
        var state = new ServerState
        {
            Network = network.Id,
            RaidaId = raidaId,
            Configured = new() { Host = network.Servers[raidaId].Host, Port = (uint)network.Servers[raidaId].Port },
            Condition = ConditionOf(condition.State),
            Since = Timestamp.FromDateTimeOffset(condition.Since),
            LastResponse = condition.LastResponse is { } last ? Timestamp.FromDateTimeOffset(last) : null,
            RefusedCoins = (uint)refusedCoins.Of(server).Count,
            Problem = condition.ProblemOf(server) ?? "",
        };
        if (links.TryLinkTo(server) is { } link)
        {
            var statistics = link.Statistics;
            state.Address = link.Address.EndPoint.ToMessage();
            state.RoundTrip = statistics.SmoothedRoundTrip is { } roundTrip ? Duration.FromTimeSpan(roundTrip) : null;
            state.Loss = statistics.Loss;
            state.InFlight = (uint)statistics.InFlight;
            state.Breaker = statistics.Breaker switch
            {
                BreakerState.Open => ServerState.Types.Breaker.Open,
                BreakerState.Probing => ServerState.Types.Breaker.Probing,
                _ => ServerState.Types.Breaker.Closed,
            };
        }

        return state;
    }

    private static Condition ConditionOf(Probes.ServerState state) => state switch
    {
        Probes.ServerState.Live => Condition.Live,
        Probes.ServerState.Silent => Condition.Silent,
        Probes.ServerState.Unreachable => Condition.Unreachable,
        Probes.ServerState.WrongRaidaId => Condition.WrongRaidaId,
        Probes.ServerState.Failing => Condition.Failing,
        Probes.ServerState.NotResolved => Condition.NotResolved,
        _ => Condition.Unknown,
    };
}
