namespace Rke.Model.Tests.Coins;

/// <summary>The size of a model of coins, and what can happen in it. Times are ticks.</summary>
internal sealed record CoinSetup
{
    public const int Replicas = 2;

    /// <summary>After this time, the network does not deliver a datagram any more.</summary>
    public const int DatagramLifetime = 1;

    private const int Grace = 1;
    private const int WithdrawnFor = 2;

    public int Coins { get; init; } = 1;

    public int Calls { get; init; } = 2;

    /// <summary>How many coins a call tries.</summary>
    public int Attempts { get; init; } = 1;

    /// <summary>How long a part occupies its coin.</summary>
    public int Lifetime { get; init; } = 2;

    /// <summary>The time at which the run ends.</summary>
    public int Horizon { get; init; } = 3;

    /// <summary>Whether the gateway chooses the key ids. Then no receiver can read the part of a failed call.</summary>
    public bool KeyIdIsSecret { get; init; }

    /// <summary>How often Redis loses its data without an interruption.</summary>
    public int Flushes { get; init; }

    /// <summary>How often Redis restarts without data. All connections end.</summary>
    public int RestartsWithoutData { get; init; }

    /// <summary>How often Redis restarts with its data. All connections end.</summary>
    public int RestartsWithData { get; init; }

    /// <summary>How often a replica of Redis without the last writes becomes the primary.</summary>
    public int Failovers { get; init; }

    /// <summary>How often a replica of the gateway restarts.</summary>
    public int Crashes { get; init; }

    /// <summary>How often a command has no reply. The replica repeats it, and the first copy may run at any later time.</summary>
    public int LostReplies { get; init; }

    /// <summary>Whether the key server may report a coin as overused, or may refuse a coin. An attacker may forge the refusal.</summary>
    public bool ServerRefuses { get; init; }

    /// <summary>Whether the reader of a part does not know its coin.</summary>
    public bool CoinIsUnknown { get; init; }

    /// <summary>Whether calls use the index of coins by release time. Then they ask for one coin at a time.</summary>
    public bool HasIndex { get; init; }

    /// <summary>Whether calls may ask for the first coin without the index.</summary>
    public bool StartsWithoutIndex { get; init; }

    /// <summary>The maximum of posts of a coin in a window of one tick; 0 for no limit.</summary>
    public int Posts { get; init; }

    public CoinMutation Mutation { get; init; }

    public int Tickets => Calls * Attempts;

    public CoinTimes Times => new()
    {
        Lifetime = Lifetime * CoinClock.Tick,
        Grace = Grace * CoinClock.Tick,
        WithdrawnFor = WithdrawnFor * CoinClock.Tick,
        FirstRest = CoinClock.Tick,
        LongestRest = 4 * CoinClock.Tick,
        Posts = Posts,
        Window = CoinClock.Tick,
    };
}

/// <summary>
/// The clock of Redis, µs. A tick is longer than the durations, so that a duration of one tick has passed at the next tick. Each loss
/// of data takes time too, so that epochs differ.
/// </summary>
internal static class CoinClock
{
    /// <summary>A duration of one tick.</summary>
    public const long Tick = 1_000_000_000;

    private const long Start = 4_102_444_800_000_000;
    private const long Margin = 10_000;
    private const long PerLoss = 1000;

    public static long At(int ticks, int losses = 0) => Start + (ticks * (Tick + Margin)) + (losses * PerLoss);
}
