using Rke.Gateway.State;
using Rke.Gateway.Translation;
using Rke.UdpBridge;

namespace Rke.Gateway.Sessions.Initiating;

/// <summary>What is known of key servers: in which order to take them, and how long to wait for one.</summary>
internal sealed class ServerRecord(ServerLinks links, IEntropySource entropy, UdpBridgeOptions options)
{
    // A datagram, its first retransmission, and the wait after that one, which is twice as long.
    private const int Patience = 3;
    private const double HeavyLoss = 0.5;

    /// <summary>At random, those that the caller prefers first, those that seem to be down last.</summary>
    public IReadOnlyList<ServerNumber> Arrange(IReadOnlyList<ServerNumber> servers, ICollection<uint> preferred) =>
    [
        .. servers
            .Select(server => (Server: server, Lot: Draw()))
            .OrderBy(entry => IsDoubtful(entry.Server))
            .ThenBy(entry => !preferred.Contains(entry.Server.RaidaId))
            .ThenBy(entry => entry.Lot)
            .Select(entry => entry.Server),
    ];

    /// <summary>After this long without an answer a server counts as slow.</summary>
    public TimeSpan PatienceWith(ServerNumber server)
    {
        var wait = links.TryLinkTo(server)?.Statistics.RetransmissionTimeout ?? options.InitialRetransmission;
        return wait * Patience;
    }

    private bool IsDoubtful(ServerNumber server) => links.TryLinkTo(server)?.Statistics is { } known
        && (known.Breaker != BreakerState.Closed || known.Loss > HeavyLoss);

    private ulong Draw()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        entropy.Fill(bytes);
        return BitConverter.ToUInt64(bytes);
    }
}
