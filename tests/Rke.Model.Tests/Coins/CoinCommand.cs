using Rke.Model.Tests.Exploration;

namespace Rke.Model.Tests.Coins;

/// <summary>A script for coins. Its name in lower case after "coin-" is the name of its file.</summary>
internal enum CoinScript
{
    Reserve,
    Complete,
    Free,
    Find,
    Cooldown,
    Restore,
    Withdraw,
    Refuse,
    Accept,
}

/// <summary>A call of a script, with the arguments that the gateway passes. Durations are microseconds.</summary>
internal sealed record CoinCommand(CoinScript Script)
{
    public int Ticket { get; init; } = CoinRedis.None;

    public int Part { get; init; } = CoinRedis.None;

    /// <summary>The coins to try in order, or the only coin.</summary>
    public int[] Coins { get; init; } = [];

    /// <summary>Reserve and restore: the last epoch that the replica has seen.</summary>
    public long Epoch { get; init; }

    /// <summary>Reserve: the number of coins in the list of all candidates; 0 without an index.</summary>
    public int Listed { get; init; }

    /// <summary>Complete: the post was not sent and does not count.</summary>
    public bool IsNotSent { get; init; }

    /// <summary>Complete: how long the coin stays occupied. Cooldown: how long the coin rests.</summary>
    public long Duration { get; init; }

    /// <summary>Restore: the coins that the replica has reserved.</summary>
    public HeldCoin[] Held { get; init; } = [];

    public void Write(StateWriter writer)
    {
        writer.Write((int)Script);
        writer.Write(Ticket);
        writer.Write(Part);
        writer.Write(Coins.Length);
        foreach (var coin in Coins)
        {
            writer.Write(coin);
        }

        writer.Write(Epoch);
        writer.Write(Listed);
        writer.Write(IsNotSent);
        writer.Write(Duration);
        writer.Write(Held.Length);
        foreach (var held in Held)
        {
            writer.Write(held.Coin);
            writer.Write(held.Ticket);
            writer.Write(held.Part);
            writer.Write(held.Left);
        }
    }
}

/// <summary>A coin that a replica has reserved, and its remaining time, µs.</summary>
internal readonly record struct HeldCoin(int Coin, int Ticket, int Part, long Left);

/// <summary>The reply of a script: the numbers, and the coins that may be free.</summary>
internal sealed record CoinReply(params long[] Numbers)
{
    /// <summary>Reserve: coins that may be free. Find: the coin of the part.</summary>
    public int[] Coins { get; init; } = [];
}

/// <summary>The durations that the gateway passes to the scripts, µs, and the limit of a coin.</summary>
internal sealed record CoinTimes
{
    public required long Lifetime { get; init; }

    public required long Grace { get; init; }

    public required long WithdrawnFor { get; init; }

    public required long FirstRest { get; init; }

    public required long LongestRest { get; init; }

    /// <summary>The maximum of posts in a window; 0 for no limit.</summary>
    public int Posts { get; init; }

    public long Window { get; init; }
}
