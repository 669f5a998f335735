using System.Net;
using Grpc.Core;
using Microsoft.Extensions.Options;
using Rke.Gateway.Admission;
using Rke.Gateway.KeyServers;
using Rke.Gateway.Networks;
using Rke.Gateway.Policy;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Sessions.Peers;

/// <summary>
/// Finds whose session it is: the coin that posted its parts, and the configured peer (docs/SESSIONS.md). Only the reports of configured
/// key servers count: any host can answer at an address that <c>Rke:Targets:Allow</c> allows.
/// </summary>
internal sealed class SessionOrigin(
    IOptionsMonitor<PeersOptions> options, NetworkDirectory networks, ServerLinks links, HostAddresses hosts)
{
    /// <summary>Sets the network of each part, the sender and the peer of a session that arrived.</summary>
    /// <param name="session">Its parts and its initiator are set.</param>
    /// <param name="senders">The coin of each part, as its key server reports it. Null for parts that are not used.</param>
    public async Task DescribeAsync(Session session, IReadOnlyList<Coin?> senders, CallScope scope)
    {
        var posted = new List<PostedUnder>();
        foreach (var (part, sender) in session.Parts.Zip(senders))
        {
            var server = FindServer(part.Server);
            part.Network = server?.Network ?? 0;
            if (part.Used && server is { } known && networks.Find(known.Network) is { Profile: WireProfile.Rke })
            {
                posted.Add(new(known.Network, new((sbyte)sender!.Denomination, sender.SerialNumber)));
            }
        }

        // One part without a known sender leaves the whole session without one.
        var coins = posted.Count == session.Parts.Count(part => part.Used) ? posted : [];
        if (coins.Distinct().ToArray() is [var only])
        {
            session.Sender = new()
            {
                Network = only.Network,
                Coin = new() { Denomination = only.Coin.Denomination, SerialNumber = only.Coin.SerialNumber },
            };
        }

        session.Peer = await FindPeerAsync(coins, IPAddress.Parse(session.Initiator.Host), scope);
    }

    private ServerId? FindServer(V1.Endpoint endpoint) =>
        IPAddress.TryParse(endpoint.Host, out var address) ? links.FindAt(new(address, (int)endpoint.Port), network: null) : null;

    private async Task<string> FindPeerAsync(IReadOnlyList<PostedUnder> coins, IPAddress source, CallScope scope)
    {
        foreach (var peer in options.CurrentValue.Peers)
        {
            if (HasCoins(peer, coins) && await HasAddressAsync(peer, source, scope))
            {
                return peer.Name;
            }
        }

        return PolicyRule.UnknownPeer;
    }

    private bool HasCoins(PeerOptions peer, IReadOnlyList<PostedUnder> coins)
    {
        var network = peer.Network ?? networks.Default.Id;
        return peer.Coins.Count == 0
            || (coins.Count > 0 && coins.All(coin => coin.Network == network && peer.Coins.Exists(range => range.Contains(coin.Coin))));
    }

    private async Task<bool> HasAddressAsync(PeerOptions peer, IPAddress source, CallScope scope) =>
        !peer.HasAddresses
        || peer.Addresses.Exists(range => range.Contains(source))
        || (peer.Domain is { } domain && await IsOfDomainAsync(domain.Value, source, scope));

    // The lookups are cached. A domain that cannot be looked up does not match.
    private async Task<bool> IsOfDomainAsync(string domain, IPAddress source, CallScope scope)
    {
        if (await HasHostAsync(domain, source, scope))
        {
            return true;
        }

        try
        {
            foreach (var signal in (await hosts.LookupAsync(domain, "domain", scope)).Signals)
            {
                if (await HasHostAsync(signal.Host, source, scope))
                {
                    return true;
                }
            }
        }
        catch (RpcException)
        {
            // No records.
        }

        return false;
    }

    private async Task<bool> HasHostAsync(string host, IPAddress source, CallScope scope)
    {
        try
        {
            return (await hosts.FindAsync(host, field: null, scope)).Contains(source);
        }
        catch (RpcException)
        {
            return false;
        }
    }

    private readonly record struct PostedUnder(ushort Network, CoinId Coin);
}
