using Rke.Gateway.KeyServers;
using Rke.Gateway.Networks;
using Rke.UdpBridge;

namespace Rke.Gateway.Sessions.Initiating;

/// <summary>Uses the statistics of the links to order key servers, and to decide when a server counts as slow.</summary>
internal sealed class ServerRanking(ServerLinks links, IEntropySource entropy, UdpBridgeOptions options)
{
    // One timeout for the first datagram, and two for its first retransmission, whose timeout is doubled.
    private const int RetransmissionTimeouts = 3;
    private const double HeavyLoss = 0.5;

    /// <summary>A random order. Preferred servers come first, servers that seem to be down come last.</summary>
    public IReadOnlyList<ServerId> Rank(IReadOnlyList<ServerId> servers, ICollection<uint> preferred) =>
    [
        .. servers
            .Select(server => (Server: server, Random: Draw()))
            .OrderBy(entry => SeemsDown(entry.Server))
            .ThenBy(entry => !preferred.Contains(entry.Server.RaidaId))
            .ThenBy(entry => entry.Random)
            .Select(entry => entry.Server),
    ];

    /// <summary>The time without an answer after which the part is also posted to another server.</summary>
    public TimeSpan FailoverDelay(ServerId server)
    {
        var wait = links.TryLinkTo(server)?.Statistics.RetransmissionTimeout ?? options.InitialRetransmission;
        return wait * RetransmissionTimeouts;
    }

    private bool SeemsDown(ServerId server) => links.TryLinkTo(server)?.Statistics is { } known
        && (known.Breaker != BreakerState.Closed || known.Loss > HeavyLoss);

    private ulong Draw()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        entropy.Fill(bytes);
        return BitConverter.ToUInt64(bytes);
    }
}
