using System.Collections.Concurrent;
using Rke.Wire;

namespace Rke.Gateway.State;

/// <summary>One key server's part of the shared state, as this replica sees it.</summary>
internal sealed class RedisServer(ServerNumber number)
{
    private volatile string _epoch = "";

    public RedisKeys Keys { get; } = new(number);

    /// <summary>The beginning of the state that this replica has last seen; empty = none.</summary>
    public string Epoch
    {
        get => _epoch;
        set => _epoch = value;
    }

    /// <summary>Until when nobody gets coins here, as far as known: a timestamp of this process.</summary>
    public long GraceEnds { get; private set; }

    /// <summary>The coins that this replica has reserved and not seen freed.</summary>
    public ConcurrentDictionary<CoinId, RedisHeldCoin> Held { get; } = new();

    /// <summary>Only one at a time tells what is held.</summary>
    public SemaphoreSlim Telling { get; } = new(1);

    public void BeganAgo(TimeSpan age, TimeProvider timeProvider)
    {
        var left = RedisHeldCoins.Grace - age;
        GraceEnds = age >= TimeSpan.Zero && left > TimeSpan.Zero
            ? timeProvider.GetTimestamp() + (long)(left.TotalSeconds * timeProvider.TimestampFrequency)
            : 0;
    }
}
