namespace Rke.Model.Tests.Sessions;

/// <summary>The size of a model of sessions, and what can happen in it. Times are ticks.</summary>
internal sealed record SessionSetup
{
    public const int Replicas = 2;

    /// <summary>A tick, µs, and the lifetime of a session, ms.</summary>
    public const long Tick = 1_000_000_000;
    public const long Lifetime = Tick / 1000;

    /// <summary>A lease, ms. It ends before the next tick.</summary>
    public const long Lease = Lifetime / 2;

    public int Sessions { get; init; } = 1;

    /// <summary>Claims of the first session.</summary>
    public int Claims { get; init; } = 2;

    /// <summary>How many of the claims have the same caller and idempotency key, and so the same ticket and a lease. The first ones.</summary>
    public int LeasedClaims { get; init; }

    /// <summary>Whether the caller of the leased claims acknowledges the key.</summary>
    public bool Acknowledges { get; init; }

    /// <summary>How often a call sends its command.</summary>
    public int Attempts { get; init; } = 2;

    /// <summary>The time at which the run ends.</summary>
    public int Horizon { get; init; }

    /// <summary>The maximum number of waiting sessions.</summary>
    public int Capacity { get; init; } = 100;

    /// <summary>How often the replica of Redis becomes the primary. It may lack the last writes.</summary>
    public int Failovers { get; init; }

    /// <summary>How often Redis restarts with its data.</summary>
    public int RestartsWithData { get; init; }

    /// <summary>How often Redis restarts without data.</summary>
    public int RestartsWithoutData { get; init; }

    /// <summary>Whether a caller closes the first session.</summary>
    public bool Closes { get; init; }

    /// <summary>Watches of one consumer.</summary>
    public int Watches { get; init; }

    /// <summary>How often a watch ends and starts again with the last cursor, or with an empty one.</summary>
    public int Reconnects { get; init; }

    public SessionMutation Mutation { get; init; }

    public static long At(int ticks, int events) => 4_102_444_800_000_000 + (ticks * (Tick + 10_000)) + (events * 1000);
}
