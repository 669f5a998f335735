using Rke.Model.Tests.Exploration;

namespace Rke.Model.Tests.Coins;

/// <summary>
/// The keys of one key server in Redis (docs/STATE.md). Coins, parts and reservations are numbers from 0. Times are microseconds on
/// the clock of Redis, and expiries milliseconds, as in the scripts. 0 stands for an absent value.
/// </summary>
internal sealed class CoinRedis
{
    public const int None = -1;

    public CoinRedis(int coins, int parts, int tickets)
    {
        Coins = new CoinRecord[coins];
        Array.Fill(Coins, CoinRecord.Absent);
        Parts = new PartKey[parts];
        Array.Fill(Parts, new(None, 0));
        Withdrawn = new long[tickets];
        Uses = new Uses[coins];
        Array.Fill(Uses, new([], 0));
        Refused = new Refusal[coins];
        Busy = new long[coins];
    }

    private CoinRedis(CoinRedis other)
    {
        (Epoch, RefusedExpires) = (other.Epoch, other.RefusedExpires);
        (Released, ReleasedExpires) = (other.Released, other.ReleasedExpires);
        (List, ListExpires, BusyExpires) = (other.List, other.ListExpires, other.BusyExpires);
        Coins = [.. other.Coins];
        Parts = [.. other.Parts];
        Withdrawn = [.. other.Withdrawn];
        Uses = [.. other.Uses];
        Refused = [.. other.Refused];
        Busy = [.. other.Busy];
    }

    /// <summary>rke:{6.14}:e.</summary>
    public long Epoch { get; set; }

    /// <summary>rke:{6.14}:c:coin.</summary>
    public CoinRecord[] Coins { get; }

    /// <summary>rke:{6.14}:p:digest.</summary>
    public PartKey[] Parts { get; }

    /// <summary>rke:{6.14}:x:ticket, the expiries.</summary>
    public long[] Withdrawn { get; }

    /// <summary>rke:{6.14}:u:coin.</summary>
    public Uses[] Uses { get; }

    /// <summary>rke:{6.14}:d, the refusals by coin.</summary>
    public Refusal[] Refused { get; }

    public long RefusedExpires { get; set; }

    /// <summary>rke:{6.14}:f, in order; <see cref="None"/> stands for the empty member.</summary>
    public (int Coin, long Score)[] Released { get; set; } = [];

    public long ReleasedExpires { get; set; }

    /// <summary>rke:{6.14}:l:list.</summary>
    public (long Seen, long OccupiedUntil) List { get; set; }

    public long ListExpires { get; set; }

    /// <summary>rke:{6.14}:b:list, the scores by coin; -1 stands for score 0.</summary>
    public long[] Busy { get; }

    public long BusyExpires { get; set; }

    /// <summary>The time at which a key of a value that ends at a time expires.</summary>
    public static long KeyExpiry(long micros) => ((micros + 999) / 1000) + 1;

    public CoinRedis Clone() => new(this);

    /// <summary>Removes the keys that expired before a time, µs.</summary>
    public void Expire(long now)
    {
        bool HasExpired(long expires) => expires > 0 && expires * 1000 < now;

        for (var coin = 0; coin < Coins.Length; coin++)
        {
            Coins[coin] = HasExpired(Coins[coin].Expires) ? CoinRecord.Absent : Coins[coin];
            Uses[coin] = HasExpired(Uses[coin].Expires) ? new([], 0) : Uses[coin];
        }

        for (var part = 0; part < Parts.Length; part++)
        {
            Parts[part] = HasExpired(Parts[part].Expires) ? new(None, 0) : Parts[part];
        }

        for (var ticket = 0; ticket < Withdrawn.Length; ticket++)
        {
            Withdrawn[ticket] = HasExpired(Withdrawn[ticket]) ? 0 : Withdrawn[ticket];
        }

        if (HasExpired(RefusedExpires))
        {
            Array.Clear(Refused);
            RefusedExpires = 0;
        }

        if (HasExpired(ReleasedExpires))
        {
            (Released, ReleasedExpires) = ([], 0);
        }

        if (HasExpired(ListExpires))
        {
            (List, ListExpires) = (default, 0);
        }

        if (HasExpired(BusyExpires))
        {
            Array.Clear(Busy);
            BusyExpires = 0;
        }
    }

    /// <param name="needsWithdrawal">Whether the withdrawal of a reservation can still have an effect.</param>
    public void Write(StateWriter writer, Func<int, bool>? needsWithdrawal = null)
    {
        writer.Write(Epoch);
        foreach (var coin in Coins)
        {
            writer.Write(coin.OccupiedUntil);
            writer.Write(coin.Ticket);
            writer.Write(coin.Part);
            writer.Write(coin.RestsUntil);
            writer.Write(coin.Expires);
        }

        foreach (var part in Parts)
        {
            writer.Write(part.Coin);
            writer.Write(part.Expires);
        }

        for (var ticket = 0; ticket < Withdrawn.Length; ticket++)
        {
            writer.Write(needsWithdrawal is null || needsWithdrawal(ticket) ? Withdrawn[ticket] : 0);
        }

        foreach (var uses in Uses)
        {
            writer.Write(uses.Posts.Length);
            foreach (var (at, ticket) in uses.Posts)
            {
                writer.Write(at);
                writer.Write(ticket);
            }

            writer.Write(uses.Expires);
        }

        foreach (var refused in Refused)
        {
            writer.Write(refused.Count);
            writer.Write(refused.Ends);
        }

        writer.Write(RefusedExpires);
        writer.Write(Released.Length);
        foreach (var (coin, score) in Released)
        {
            writer.Write(coin);
            writer.Write(score);
        }

        writer.Write(ReleasedExpires);
        writer.Write(List.Seen);
        writer.Write(List.OccupiedUntil);
        writer.Write(ListExpires);
        foreach (var score in Busy)
        {
            writer.Write(score);
        }

        writer.Write(BusyExpires);
    }
}

/// <summary>Occupancy and rest of a coin (coin-record.lua).</summary>
internal readonly record struct CoinRecord(long OccupiedUntil, int Ticket, int Part, long RestsUntil, long Expires)
{
    public static readonly CoinRecord Absent = new(0, CoinRedis.None, CoinRedis.None, 0, 0);

    public CoinRecord WithoutPart() =>
        RestsUntil == 0 ? Absent : new(0, CoinRedis.None, CoinRedis.None, RestsUntil, CoinRedis.KeyExpiry(RestsUntil));

    public CoinRecord WithoutRest() =>
        OccupiedUntil == 0 ? Absent : this with { RestsUntil = 0, Expires = CoinRedis.KeyExpiry(OccupiedUntil) };
}

/// <summary>The coin that holds a part.</summary>
internal readonly record struct PartKey(int Coin, long Expires);

/// <summary>The posts of a coin, in order.</summary>
internal readonly record struct Uses((long At, int Ticket)[] Posts, long Expires);

/// <summary>The refusals of a coin, and the end of its rest.</summary>
internal readonly record struct Refusal(int Count, long Ends);
