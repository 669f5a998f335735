namespace Rke.Model.Tests.Coins;

/// <summary>
/// The scripts in gateway/Coins/*.lua as pure functions. <see cref="CoinScriptTests"/> runs the real scripts and compares.
/// A mutation removes one guard, so that the explorer must find a violation.
/// </summary>
internal sealed class CoinScripts(CoinTimes times, CoinMutation mutation)
{
    private const int Granted = 0;
    private const int Refused = 1;
    private const int OtherEpoch = 2;
    private const int InGrace = 3;
    private const int IsWithdrawn = 4;

    private const long KeepIndexFor = 3_600_000;
    private const long KeepRefusalsFor = 86_400_000;
    private const int MaxRefusals = 1000;

    public CoinReply Run(CoinRedis redis, CoinCommand command, long now) => command.Script switch
    {
        CoinScript.Reserve => Reserve(redis, command, now),
        CoinScript.Complete => Complete(redis, command, now),
        CoinScript.Free => Free(redis, command, now),
        CoinScript.Find => redis.Parts[command.Part].Coin is >= 0 and var coin ? new() { Coins = [coin] } : new(),
        CoinScript.Cooldown => Cooldown(redis, command, now),
        CoinScript.Restore => Restore(redis, command, now),
        CoinScript.Withdraw => Withdraw(redis, command, now),
        CoinScript.Refuse => Refuse(redis, command, now),
        _ => Accept(redis, command, now),
    };

    private CoinReply Reserve(CoinRedis redis, CoinCommand command, long now)
    {
        if (redis.Epoch == 0)
        {
            redis.Epoch = now;
        }

        if (redis.Epoch != command.Epoch)
        {
            return new(OtherEpoch, redis.Epoch, 0);
        }

        var age = now - redis.Epoch;
        if (age >= 0 && age < times.Grace && mutation != CoinMutation.NoGrace)
        {
            return new(InGrace, 0, times.Grace - age);
        }

        if (redis.Withdrawn[command.Ticket] != 0 && mutation != CoinMutation.IgnoreWithdrawal)
        {
            return new(IsWithdrawn, 0, 0);
        }

        var (occupied, earliest, occupiedUntil) = (0, long.MaxValue, 0L);
        var tested = new List<(int Coin, long Free)>();
        for (var index = 0; index < command.Coins.Length; index++)
        {
            var coin = command.Coins[index];
            var held = redis.Coins[coin];
            var free = now;
            if (held.OccupiedUntil > now && mutation != CoinMutation.IgnoreOccupancy)
            {
                occupied++;
                free = held.OccupiedUntil;
                occupiedUntil = Math.Max(occupiedUntil, free);
            }

            if (mutation != CoinMutation.IgnoreRest)
            {
                free = Math.Max(free, held.RestsUntil);
            }

            var uses = redis.Uses[coin];
            if (times.Posts > 0 && uses.Posts.Length >= times.Posts)
            {
                free = Math.Max(free, uses.Posts[^times.Posts].At + times.Window);
            }

            if (free <= now)
            {
                var ends = now + times.Lifetime;
                redis.Coins[coin] = new(ends, command.Ticket, command.Part, 0, CoinRedis.KeyExpiry(ends));
                redis.Parts[command.Part] = new(coin, CoinRedis.KeyExpiry(ends));
                if (command.Listed > 0 && redis.ListExpires != 0)
                {
                    redis.Busy[coin] = ends;
                }

                if (times.Posts > 0)
                {
                    redis.Uses[coin] = new([.. uses.Posts, (now, command.Ticket)], ExpiryIn(times.Window, now));
                }

                return new(Granted, index, ends);
            }

            tested.Add((coin, free));
            earliest = Math.Min(earliest, free);
        }

        return command.Listed == 0
            ? new(Refused, occupied, earliest - now, 1)
            : FindInIndex(redis, command.Listed, tested, (occupied, earliest, occupiedUntil), now);
    }

    private static CoinReply FindInIndex(
        CoinRedis redis,
        int listed,
        List<(int Coin, long Free)> tested,
        (int Occupied, long Earliest, long OccupiedUntil) found,
        long now)
    {
        TakeReleased(redis, now);
        foreach (var (coin, free) in tested)
        {
            redis.Busy[coin] = free;
        }

        if (found.OccupiedUntil > redis.List.OccupiedUntil)
        {
            redis.List = redis.List with { OccupiedUntil = found.OccupiedUntil };
        }

        var milliseconds = now / 1000;
        redis.ReleasedExpires = milliseconds + (2 * KeepIndexFor);
        redis.ListExpires = milliseconds + KeepIndexFor;
        redis.BusyExpires = milliseconds + KeepIndexFor + 1000;
        var busy = Enumerable.Range(0, redis.Busy.Length).Where(coin => redis.Busy[coin] != 0)
            .Select(coin => (Coin: coin, Score: Math.Max(redis.Busy[coin], 0)))
            .OrderBy(entry => entry.Score).ThenBy(entry => entry.Coin).ToArray();
        var released = busy.Where(entry => entry.Score <= now).Select(entry => entry.Coin).Take(32).ToArray();
        if (released.Length == 0 && busy.Length >= listed)
        {
            return new(Refused, redis.List.OccupiedUntil > now ? 1 : 0, busy[0].Score - now, 1);
        }

        return new(Refused, found.Occupied, found.Earliest - now, 0) { Coins = released };
    }

    private static void TakeReleased(CoinRedis redis, long now)
    {
        var isNew = redis.Released.Length == 0;
        if (isNew || redis.ListExpires == 0)
        {
            Array.Clear(redis.Busy);
            redis.BusyExpires = 0;
            if (isNew)
            {
                redis.Released = [(CoinRedis.None, now)];
            }
        }

        var last = redis.Released[^1].Score;
        if (redis.ListExpires != 0 && !isNew && last > redis.List.Seen)
        {
            foreach (var (coin, score) in redis.Released)
            {
                if (score > redis.List.Seen && coin >= 0 && redis.Busy[coin] != 0)
                {
                    redis.Busy[coin] = -1;
                }
            }

            var old = Math.Min(now - (2 * KeepIndexFor * 1000), last - 1);
            redis.Released = [.. redis.Released.Where(entry => entry.Score > old)];
        }

        redis.List = redis.List with { Seen = last };
    }

    private void Release(CoinRedis redis, int coin, long now)
    {
        if (redis.Released.Length > 0 && mutation != CoinMutation.ForgetReleased)
        {
            var score = Math.Max(now, redis.Released[^1].Score + 1);
            redis.Released = [.. redis.Released.Where(entry => entry.Coin != coin), (coin, score)];
        }
    }

    private CoinReply Complete(CoinRedis redis, CoinCommand command, long now)
    {
        var coin = command.Coins[0];
        if (command.IsNotSent)
        {
            Uncount(redis, coin, command.Ticket);
        }

        Release(redis, coin, now);
        var held = redis.Coins[coin];
        if (held.Ticket != command.Ticket && mutation != CoinMutation.CompleteIgnoresTicket)
        {
            return new(0L);
        }

        if (command.Duration == 0)
        {
            redis.Coins[coin] = held.WithoutPart();
            ForgetPart(redis, command.Part, coin);
        }
        else if (now + command.Duration is var ends && ends < held.OccupiedUntil)
        {
            redis.Coins[coin] = held with { OccupiedUntil = ends, Expires = CoinRedis.KeyExpiry(Math.Max(ends, held.RestsUntil)) };
            if (redis.Parts[command.Part].Coin == coin)
            {
                redis.Parts[command.Part] = new(coin, ExpiryIn(command.Duration, now));
            }
        }

        return new(0L);
    }

    private CoinReply Free(CoinRedis redis, CoinCommand command, long now)
    {
        var coin = command.Coins[0];
        if (redis.Coins[coin].Part == command.Part || mutation == CoinMutation.FreeIgnoresPart)
        {
            redis.Coins[coin] = redis.Coins[coin].WithoutPart();
            Release(redis, coin, now);
        }

        ForgetPart(redis, command.Part, coin);
        return new(0L);
    }

    private static CoinReply Cooldown(CoinRedis redis, CoinCommand command, long now)
    {
        var held = redis.Coins[command.Coins[0]];
        var rest = Math.Max(now + command.Duration, held.RestsUntil);
        redis.Coins[command.Coins[0]] = held with { RestsUntil = rest, Expires = CoinRedis.KeyExpiry(Math.Max(rest, held.OccupiedUntil)) };
        return new(0L);
    }

    private CoinReply Restore(CoinRedis redis, CoinCommand command, long now)
    {
        if (redis.Epoch == 0)
        {
            redis.Epoch = now;
        }

        if (redis.Epoch == command.Epoch)
        {
            foreach (var (coin, ticket, part, left) in command.Held)
            {
                var held = redis.Coins[coin];
                if (held.OccupiedUntil <= now || (held.OccupiedUntil < now + left && mutation != CoinMutation.FirstRestoreWins))
                {
                    var ends = now + left;
                    redis.Coins[coin] = new(ends, ticket, part, held.RestsUntil, CoinRedis.KeyExpiry(Math.Max(ends, held.RestsUntil)));
                    redis.Parts[part] = new(coin, ExpiryIn(left, now));
                }
            }
        }

        return new(redis.Epoch, now - redis.Epoch);
    }

    private CoinReply Withdraw(CoinRedis redis, CoinCommand command, long now)
    {
        redis.Withdrawn[command.Ticket] = (now + times.WithdrawnFor) / 1000;
        foreach (var coin in command.Coins)
        {
            var wasCounted = Uncount(redis, coin, command.Ticket);
            var isHeld = redis.Coins[coin].Ticket == command.Ticket;
            if (wasCounted || isHeld)
            {
                Release(redis, coin, now);
            }

            if (isHeld)
            {
                redis.Coins[coin] = redis.Coins[coin].WithoutPart();
                ForgetPart(redis, command.Part, coin);
            }
        }

        return new(0L);
    }

    private CoinReply Refuse(CoinRedis redis, CoinCommand command, long now)
    {
        var coin = command.Coins[0];
        var (count, ends) = redis.Refused[coin];
        if (ends <= now)
        {
            count = Math.Min(count + 1, MaxRefusals);
            ends = now + (long)Math.Min(times.FirstRest * Math.Pow(2, count - 1), times.LongestRest);
            redis.Refused[coin] = new(count, ends);
            redis.RefusedExpires = (now / 1000) + KeepRefusalsFor;
            var held = redis.Coins[coin];
            var rest = Math.Max(ends, held.RestsUntil);
            redis.Coins[coin] = held with { RestsUntil = rest, Expires = CoinRedis.KeyExpiry(Math.Max(rest, held.OccupiedUntil)) };
        }

        return new(count, ends - now);
    }

    private CoinReply Accept(CoinRedis redis, CoinCommand command, long now)
    {
        var coin = command.Coins[0];
        var refused = redis.Refused[coin];
        if (refused.Count > 0)
        {
            redis.Refused[coin] = default;
            redis.RefusedExpires = redis.Refused.Any(other => other.Count > 0) ? redis.RefusedExpires : 0;
            if (redis.Coins[coin].RestsUntil == refused.Ends)
            {
                redis.Coins[coin] = redis.Coins[coin].WithoutRest();
                Release(redis, coin, now);
            }
        }

        return new(0L);
    }

    private static bool Uncount(CoinRedis redis, int coin, int ticket)
    {
        var posts = redis.Uses[coin].Posts;
        var left = posts.Where(post => post.Ticket != ticket).ToArray();
        redis.Uses[coin] = left.Length == 0 ? new([], 0) : redis.Uses[coin] with { Posts = left };
        return left.Length < posts.Length;
    }

    private static void ForgetPart(CoinRedis redis, int part, int coin)
    {
        if (redis.Parts[part].Coin == coin)
        {
            redis.Parts[part] = new(CoinRedis.None, 0);
        }
    }

    private static long ExpiryIn(long micros, long now) => (now / 1000) + CoinRedis.KeyExpiry(micros);
}

/// <summary>A guard that is missing, to check that the explorer detects its absence.</summary>
internal enum CoinMutation
{
    None,

    /// <summary>Reservations do not wait after a loss of data.</summary>
    NoGrace,

    /// <summary>A reservation that was withdrawn before it arrives is granted.</summary>
    IgnoreWithdrawal,

    /// <summary>An occupied coin is granted.</summary>
    IgnoreOccupancy,

    /// <summary>A resting coin is granted.</summary>
    IgnoreRest,

    /// <summary>The release of a reservation frees the coin of a later reservation.</summary>
    CompleteIgnoresTicket,

    /// <summary>The release of a part frees the coin of another part.</summary>
    FreeIgnoresPart,

    /// <summary>An orphaned part frees its coin at once, although its datagram may still arrive.</summary>
    OrphanIsFreeAtOnce,

    /// <summary>If two replicas restore the same coin, the first one wins.</summary>
    FirstRestoreWins,

    /// <summary>Released coins are not added to the index.</summary>
    ForgetReleased,

    /// <summary>A replica does not restore its coins after a loss of data.</summary>
    NoRestore,

    /// <summary>A replica restores its coins once, and does not check for coins that were granted in the meantime.</summary>
    RestoreOnce,

    /// <summary>A failed call does not withdraw its reservation.</summary>
    NoWithdrawal,

    /// <summary>After a failover, the replicas do not write back the last reservations.</summary>
    NoRestoreOfRecent,

    /// <summary>The key server executes a repeated datagram again.</summary>
    ServerRepeatsPosts,

    /// <summary>A reservation counts although the connection ended before the replica processed its reply.</summary>
    ReplyOutlivesOutage,
}
