using System.Net;
using Rke.Raida.Accounts;
using Rke.Raida.Impairments;
using Rke.Raida.Keys;
using Rke.Raida.Names;
using Rke.UdpBridge.Streams;
using Rke.UdpBridge.Transports.Native;
using Rke.Wire;

namespace Rke.Raida.Serving;

/// <summary>Options of all key servers of one process.</summary>
public sealed record KeyServerOptions
{
    /// <summary>The protocol profile.</summary>
    public WireProfile Profile { get; init; } = WireProfile.Rke;

    /// <summary>The network (coin id) of the servers. 6 is CloudCoin.</summary>
    public ushort Network { get; init; } = 6;

    /// <summary>The RAIDA ids to serve, each 0-24.</summary>
    public IReadOnlyList<byte> RaidaIds { get; init; } =
        [.. Enumerable.Range(0, RaidaNetwork.ServerCount).Select(raidaId => (byte)raidaId)];

    /// <summary>RAIDA id n listens on this port + n. With port 0, every server gets a free port.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>The start of the keystream of a response in the raidax profile (docs/WIRE.md §6).</summary>
    public ResponseIv ResponseIv { get; init; } = ResponseIv.Same;

    /// <summary>The time until a key part expires.</summary>
    public TimeSpan KeyLifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The maximum number of key parts, for all servers together. Above it, a post gets status 8, offline.</summary>
    public int MaxKeys { get; init; } = 1_000_000;

    /// <summary>The maximum number of posts per coin, server and window. Above it, a post gets status 7. Null: no limit.</summary>
    public int? PostLimit { get; init; }

    /// <summary>The window of <see cref="PostLimit"/>.</summary>
    public TimeSpan PostWindow { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The maximum number of responses that a server caches for repeated datagrams.</summary>
    public int MaxCachedResponses { get; init; } = 65_536;

    /// <summary>How long a server caches a response for repeated datagrams.</summary>
    public TimeSpan ResponseLifetime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The number of bytes per second by which responses may be longer than their unencrypted requests. Above it, a
    /// server does not respond. The limit prevents amplification attacks. Only TXT responses are longer than requests.
    /// </summary>
    public int AmplificationBytesPerSecond { get; init; } = 65_536;

    /// <summary>The accounts that the servers open. Null: none.</summary>
    public AccountOptions? Accounts { get; init; }

    /// <summary>The limits of the TLS port for accounts.</summary>
    public StreamServerOptions Streams { get; init; } = new();

    /// <summary>The names for name lookup.</summary>
    public Zone Zone { get; init; } = Zone.Empty;

    /// <summary>
    /// Receive threads per server. Null: one; one per processor if there is only one server and it is not
    /// <see cref="IsBatched"/>. Several threads make batches smaller, so each request costs more.
    /// </summary>
    public int? ReceiveThreads { get; init; }

    /// <summary>
    /// Receive and send several datagrams with one system call. Only for 64-bit Linux, where it is the default. Simulated
    /// network faults need single datagrams, so the servers then ignore this option.
    /// </summary>
    public bool IsBatched { get; init; } = LinuxCalls.IsSupported;

    /// <summary>Called for every event of a key part, in order for each server. For tests.</summary>
    public Action<KeyEvent>? History { get; init; }

    /// <summary>Simulated network faults of incoming datagrams. For tests.</summary>
    public Impairment RequestImpairment { get; init; } = Impairment.None;

    /// <summary>Simulated network faults of outgoing datagrams. For tests.</summary>
    public Impairment ResponseImpairment { get; init; } = Impairment.None;

    /// <summary>The seed of the impairments. Every server and direction derives its own sequence from it.</summary>
    public ulong Seed { get; init; }

    internal bool IsImpaired => !RequestImpairment.IsNone || !ResponseImpairment.IsNone;

    internal void Validate()
    {
        Check(RaidaIds.Count > 0, nameof(RaidaIds), "not be empty");
        Check(RaidaIds.All(raidaId => raidaId < RaidaNetwork.ServerCount), nameof(RaidaIds), "be 0-24");
        Check(RaidaIds.Distinct().Count() == RaidaIds.Count, nameof(RaidaIds), "be all different");
        Check(
            Listen.Port == 0 || Listen.Port + RaidaIds.Max() <= IPEndPoint.MaxPort,
            nameof(Listen),
            $"have a port such that port + RAIDA id is at most {IPEndPoint.MaxPort}");
        Check(
            Profile == WireProfile.Raidax || ResponseIv == ResponseIv.Same,
            nameof(ResponseIv),
            $"be {ResponseIv.Same} in the rke profile. {ResponseIv.Continued} is for the raidax profile");
        Check(KeyLifetime > TimeSpan.Zero, nameof(KeyLifetime), "be positive");
        Check(MaxKeys > 0, nameof(MaxKeys), "be at least 1");
        Check(PostLimit is null or > 0, nameof(PostLimit), "be at least 1, or null");
        Check(PostWindow > TimeSpan.Zero, nameof(PostWindow), "be positive");
        Check(MaxCachedResponses >= 0, nameof(MaxCachedResponses), "not be negative");
        Check(ResponseLifetime >= TimeSpan.Zero, nameof(ResponseLifetime), "not be negative");
        Check(AmplificationBytesPerSecond >= 0, nameof(AmplificationBytesPerSecond), "not be negative");
        Check(ReceiveThreads is null or (> 0 and <= 64), nameof(ReceiveThreads), "be 1-64, or null");
        Check(!IsBatched || LinuxCalls.IsSupported, nameof(IsBatched), "be false, except on 64-bit Linux");
        Check(
            Profile == WireProfile.Rke || Accounts is null, nameof(Accounts), "be null, except in the rke profile");
        Accounts?.Validate();
        RequestImpairment.Validate(nameof(RequestImpairment));
        ResponseImpairment.Validate(nameof(ResponseImpairment));
    }

    private static void Check(bool isValid, string name, string requirement)
    {
        if (!isValid)
        {
            throw new ArgumentException($"{name} must {requirement}.", name);
        }
    }
}
