using System.Net;
using Rke.Wire;

namespace Rke.UdpBridge.Tests.Simulation;

/// <summary>The server, the network and the callers of one run. The seed decides all values.</summary>
internal sealed record Scenario
{
    private static readonly IPEndPoint EndPoint = new(IPAddress.Loopback, 1);

    public required ServerAddress Server { get; init; }

    public required UdpBridgeOptions Options { get; init; }

    public required bool IsConfigured { get; init; }

    public required ResponseIv Iv { get; init; }

    public required bool IsEncrypted { get; init; }

    /// <summary>1 makes all echoes equal.</summary>
    public required int EchoCount { get; init; }

    public required int ExchangeCount { get; init; }

    /// <summary>All exchanges start within this time.</summary>
    public required TimeSpan StartSpan { get; init; }

    public required TimeSpan MaxPatience { get; init; }

    public required double Cancelled { get; init; }

    public required double Lost { get; init; }

    public required double Duplicated { get; init; }

    public required double Corrupted { get; init; }

    public required TimeSpan MinDelay { get; init; }

    /// <summary>Random, so that datagrams overtake each other.</summary>
    public required TimeSpan MaxExtraDelay { get; init; }

    /// <summary>How late timers fire at most.</summary>
    public required TimeSpan TimerDelay { get; init; }

    /// <summary>The share of requests that the server answers with an unsigned error.</summary>
    public required double Hinted { get; init; }

    /// <summary>The share of datagrams that the system of the sender drops or cannot send.</summary>
    public required double SendTrouble { get; init; }

    /// <summary>The server does not respond in this time, which can be empty.</summary>
    public required (TimeSpan From, TimeSpan To) Outage { get; init; }

    /// <summary>In the outage, ICMP reports that nothing listens.</summary>
    public required bool IsRefusing { get; init; }

    public required int BrokenPaths { get; init; }

    /// <summary>How many times paths die: all paths, or one of them.</summary>
    public required int Deaths { get; init; }

    public required bool IsClosedEarly { get; init; }

    /// <summary>Unsigned errors can reach the core. Corruption turns a signed error into one.</summary>
    public bool HasHints => Hinted > 0 || Corrupted > 0;

    public static Scenario Draw(Dice dice)
    {
        var profile = dice.Chance(0.5) ? WireProfile.Rke : WireProfile.Raidax;
        var isEncrypted = dice.Chance(0.25);
        var startSpan = TimeSpan.FromMilliseconds(dice.Between(1, 8000));
        var hasOutage = dice.Chance(0.4);
        var outage = startSpan * dice.Fraction();
        var minRetransmission = TimeSpan.FromMilliseconds(dice.Between(5, 100));
        var maxRetransmission = minRetransmission + TimeSpan.FromMilliseconds(dice.Between(0, 900));
        return new()
        {
            Server = new(profile, 6, (byte)dice.Below(25), EndPoint),
            Options = new()
            {
                SocketsPerServer = dice.Between(1, 4),
                MaxInFlightPerServer = dice.Chance(0.2) ? dice.Between(1, 6) : 64,
                MaxInFlight = dice.Chance(0.2) ? dice.Between(1, 6) : 64,
                MinRetransmission = minRetransmission,
                MaxRetransmission = maxRetransmission,
                InitialRetransmission = minRetransmission + dice.UpTo(maxRetransmission - minRetransmission),
                BreakerThreshold = dice.Between(1, 6),
                MinProbeInterval = TimeSpan.FromMilliseconds(dice.Between(50, 500)),
                MaxProbeInterval = TimeSpan.FromMilliseconds(dice.Between(500, 3000)),
            },
            IsConfigured = dice.Chance(0.5),
            Iv = profile == WireProfile.Raidax && dice.Chance(0.5) ? ResponseIv.Continued : ResponseIv.Same,
            IsEncrypted = isEncrypted,
            EchoCount = dice.Chance(0.3) ? dice.Between(1, 8) : 1 << 16,
            ExchangeCount = dice.Between(1, isEncrypted ? 8 : 24),
            StartSpan = startSpan,
            MaxPatience = TimeSpan.FromMilliseconds(dice.Between(1, 10) * dice.Between(1, 1000)),
            Cancelled = dice.Chance(0.3) ? 0.3 * dice.Fraction() : 0,
            Lost = dice.Chance(0.7) ? 0.6 * dice.Fraction() : 0,
            Duplicated = dice.Chance(0.5) ? 0.4 * dice.Fraction() : 0,
            Corrupted = dice.Chance(0.5) ? 0.3 * dice.Fraction() : 0,
            MinDelay = TimeSpan.FromTicks(dice.Between(1, 100) * dice.Between(1, 10_000)),
            MaxExtraDelay = TimeSpan.FromTicks(dice.Between(0, 400) * dice.Between(1, 10_000)),
            TimerDelay = dice.Chance(0.7) ? TimeSpan.Zero : TimeSpan.FromMilliseconds(dice.Between(1, 50)),
            Hinted = dice.Chance(0.3) ? 0.6 * dice.Fraction() : 0,
            SendTrouble = dice.Chance(0.2) ? 0.1 : 0,
            Outage = (outage, hasOutage ? outage + TimeSpan.FromMilliseconds(dice.Below(10_000)) : outage),
            IsRefusing = dice.Chance(0.5),
            BrokenPaths = dice.Chance(0.2) ? dice.Between(1, 3) : 0,
            IsClosedEarly = dice.Chance(0.1),
            Deaths = dice.Chance(0.3) ? dice.Between(1, 3) : 0,
        };
    }
}
