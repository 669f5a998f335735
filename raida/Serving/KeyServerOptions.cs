using System.Net;
using Rke.Raida.Impairments;
using Rke.Raida.Keys;
using Rke.Raida.Names;
using Rke.Wire;

namespace Rke.Raida.Serving;

/// <summary>What the servers of one process are like.</summary>
public sealed record KeyServerOptions
{
    /// <summary>The dialect.</summary>
    public WireProfile Profile { get; init; } = WireProfile.Rke;

    /// <summary>The network that requests must name; 6 is CloudCoin.</summary>
    public ushort Network { get; init; } = 6;

    /// <summary>The numbers that are served, each 0-24.</summary>
    public IReadOnlyList<byte> Numbers { get; init; } =
        [.. Enumerable.Range(0, CoinKeys.ServerCount).Select(number => (byte)number)];

    /// <summary>Server n listens on this port + n; port 0 gives every server a free port.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>Where the keystream of an answer starts (docs/WIRE.md §6).</summary>
    public ResponseIv ResponseIv { get; init; } = ResponseIv.Same;

    /// <summary>How long a key part waits.</summary>
    public TimeSpan KeyLife { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How many key parts may wait, all servers together; more are refused with status 8, offline.</summary>
    public int MaxKeys { get; init; } = 1_000_000;

    /// <summary>Posts of a coin to a server in <see cref="PostWindow"/>; more get status 7. Null: no limit.</summary>
    public int? PostLimit { get; init; }

    /// <summary>The window of <see cref="PostLimit"/>.</summary>
    public TimeSpan PostWindow { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How many answers a server keeps for repeated datagrams.</summary>
    public int MaxReplies { get; init; } = 16_384;

    /// <summary>How long an answer is kept for repeated datagrams.</summary>
    public TimeSpan ReplyLife { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// By how many bytes a second the answers to unencrypted requests may exceed the requests, so that forged requests
    /// cannot make an amplifier; more are dropped. Only TXT answers exceed their requests.
    /// </summary>
    public int SurplusBytesPerSecond { get; init; } = 65_536;

    /// <summary>The names that are answered.</summary>
    public Zone Zone { get; init; } = Zone.Empty;

    /// <summary>Receive loops a server; null: one, or one for each processor where there is one server.</summary>
    public int? ReceiveLoops { get; init; }

    /// <summary>Told of everything that happens to a key part, in order for each server: for tests.</summary>
    public Action<KeyEvent>? History { get; init; }

    /// <summary>What happens to requests on their way: for tests.</summary>
    public Impairment Requests { get; init; } = Impairment.None;

    /// <summary>What happens to answers on their way: for tests.</summary>
    public Impairment Answers { get; init; } = Impairment.None;

    /// <summary>Seed of the impairments; every server and direction has its own sequence from it.</summary>
    public ulong Seed { get; init; }

    internal void Validate()
    {
        Check(Numbers.Count > 0, nameof(Numbers), "at least one");
        Check(Numbers.All(number => number < CoinKeys.ServerCount), nameof(Numbers), "0-24");
        Check(Numbers.Distinct().Count() == Numbers.Count, nameof(Numbers), "all different");
        Check(
            Listen.Port == 0 || Listen.Port + Numbers.Max() <= IPEndPoint.MaxPort,
            nameof(Listen),
            "a port behind which there is one for every number");
        Check(KeyLife > TimeSpan.Zero, nameof(KeyLife), "a positive time");
        Check(MaxKeys > 0, nameof(MaxKeys), "1 or more");
        Check(PostLimit is null or > 0, nameof(PostLimit), "1 or more, or null");
        Check(PostWindow > TimeSpan.Zero, nameof(PostWindow), "a positive time");
        Check(MaxReplies >= 0, nameof(MaxReplies), "0 or more");
        Check(ReplyLife >= TimeSpan.Zero, nameof(ReplyLife), "no negative time");
        Check(SurplusBytesPerSecond >= 0, nameof(SurplusBytesPerSecond), "0 or more");
        Check(ReceiveLoops is null or (> 0 and <= 64), nameof(ReceiveLoops), "1-64, or null");
        Requests.Validate(nameof(Requests));
        Answers.Validate(nameof(Answers));
    }

    private static void Check(bool right, string name, string what)
    {
        if (!right)
        {
            throw new ArgumentException($"{name} must be {what}.", name);
        }
    }
}
