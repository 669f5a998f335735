using Rke.Wire;

namespace Rke.Gateway.Coins;

/// <summary>
/// The state of the coins on one key server, in the memory of the process. Each method holds one lock.
/// </summary>
internal sealed class CoinTable
{
    // A request with more candidates finds a free one by FreeTimes.
    private const int MaxChecked = 64;
    private const int MaxLists = 16;

    private readonly Lock _gate = new();
    private readonly Dictionary<CoinId, CoinUsage> _coins = [];
    private readonly Dictionary<KeyIdHash, CoinId> _coinOfPart = [];
    private readonly LinkedList<FreeTimes> _lastUsedFirst = new();
    private readonly Dictionary<CoinId, (int Count, TimeSpan Until)> _refusals = [];

    public ReservationResult Reserve(in ReservationRequest request, ulong ticket, TimeSpan now, DateTimeOffset clock)
    {
        lock (_gate)
        {
            var count = request.Candidates.Count;
            var isAnyOccupied = false;
            var earliest = TimeSpan.MaxValue;
            for (var index = 0; index < Math.Min(count, MaxChecked); index++)
            {
                var coin = request.Candidates[(request.First + index) % count];
                var freeAt = FreeAt(coin, request, now, out var isOccupied);
                if (freeAt <= now)
                {
                    return Grant(coin, request, ticket, now, clock);
                }

                isAnyOccupied |= isOccupied;
                earliest = freeAt < earliest ? freeAt : earliest;
            }

            if (count > MaxChecked)
            {
                var times = TimesOf(request);
                if (FindFree(times, request, now) is { } free)
                {
                    return Grant(free, request, ticket, now, clock);
                }

                isAnyOccupied |= times.OccupiedUntil > now;
                earliest = times.First.At;
            }

            var answer = !isAnyOccupied ? ReservationAnswer.Overused
                : count == 1 ? ReservationAnswer.Occupied
                : ReservationAnswer.NoFreeCoin;
            return ReservationResult.Refused(answer, earliest - now);
        }
    }

    public void Complete(in CoinReservation reservation, PostOutcome outcome, TimeSpan now)
    {
        if (outcome is PostOutcome.Stored or PostOutcome.Unknown)
        {
            return;
        }

        lock (_gate)
        {
            var usage = UsageOf(reservation.Coin);
            if (outcome == PostOutcome.NotSent)
            {
                usage.Uncount(reservation.Ticket);
                MarkFree(reservation.Coin);
            }

            if (usage.Ticket != reservation.Ticket)
            {
                return;
            }

            if (outcome == PostOutcome.Orphaned)
            {
                usage.EndBy(now + CoinReservation.DatagramLifetime);
                MarkFree(reservation.Coin);
            }
            else
            {
                Release(reservation.Coin, usage);
            }
        }
    }

    public void Free(KeyIdHash part, CoinId? coin)
    {
        lock (_gate)
        {
            if (coin is { } named && UsageOf(named) is var usage && usage.Part == part)
            {
                Release(named, usage);
            }
            else if (_coinOfPart.TryGetValue(part, out var found))
            {
                Release(found, UsageOf(found));
            }
        }
    }

    public void StartCooldown(CoinId coin, TimeSpan until)
    {
        lock (_gate)
        {
            UsageOf(coin).StartCooldown(until);
        }
    }

    public CoinRefusal Refuse(CoinId coin, TimeSpan now)
    {
        lock (_gate)
        {
            var (count, until) = _refusals.GetValueOrDefault(coin);
            if (until <= now)
            {
                (count, until) = (count + 1, now + CoinRefusal.RestAfter(count + 1));
                _refusals[coin] = (count, until);
                UsageOf(coin).StartCooldown(until);
            }

            return new(coin, count, until - now);
        }
    }

    public void Accept(CoinId coin)
    {
        lock (_gate)
        {
            if (_refusals.Remove(coin, out var refusal))
            {
                UsageOf(coin).EndCooldown(refusal.Until);
                MarkFree(coin);
            }
        }
    }

    public IReadOnlyList<CoinRefusal> Refusals(TimeSpan now)
    {
        lock (_gate)
        {
            return
            [
                .. _refusals.Select(refusal => new CoinRefusal(
                    refusal.Key,
                    refusal.Value.Count,
                    refusal.Value.Until > now ? refusal.Value.Until - now : TimeSpan.Zero)),
            ];
        }
    }

    public CoinCounts Count(IReadOnlyList<CoinId> coins, CoinLimit limit, TimeSpan now)
    {
        var counts = default(CoinCounts);
        lock (_gate)
        {
            foreach (var coin in coins)
            {
                var isOccupied = false;
                counts += !_coins.TryGetValue(coin, out var usage)
                    || usage.FreeAt(now, limit, occupies: true, out isOccupied) <= now
                    ? new CoinCounts(1, 0, 0)
                    : isOccupied ? new CoinCounts(0, 1, 0) : new CoinCounts(0, 0, 1);
            }
        }

        return counts;
    }

    private ReservationResult Grant(
        CoinId coin, in ReservationRequest request, ulong ticket, TimeSpan now, DateTimeOffset clock)
    {
        var usage = UsageOf(coin);
        usage.Reserve(ticket, now, request);
        if (request.Occupies)
        {
            AddToIndex(coin, usage, request.Part);
        }

        return ReservationResult.Granted(new(request.Server, coin, request.Part, ticket, clock + request.Lifetime));
    }

    private TimeSpan FreeAt(CoinId coin, in ReservationRequest request, TimeSpan now, out bool isOccupied) =>
        UsageOf(coin).FreeAt(now, request.Limit, request.Occupies, out isOccupied);

    // Each step sets the time of a coin that was reserved or used since the last step for that coin.
    private CoinId? FindFree(FreeTimes times, in ReservationRequest request, TimeSpan now)
    {
        while (times.First is var (coin, at) && at <= now)
        {
            var freeAt = FreeAt(coin, request, now, out var isOccupied);
            if (freeAt <= now)
            {
                return coin;
            }

            times.Set(coin, freeAt, isOccupied);
        }

        return null;
    }

    // The list of candidates is the same object until the coins or the policy change.
    private FreeTimes TimesOf(in ReservationRequest request)
    {
        for (var node = _lastUsedFirst.First; node is not null; node = node.Next)
        {
            if (ReferenceEquals(node.Value.Coins, request.Candidates) && node.Value.Limit == request.Limit)
            {
                _lastUsedFirst.Remove(node);
                _lastUsedFirst.AddFirst(node);
                return node.Value;
            }
        }

        if (_lastUsedFirst.Count == MaxLists)
        {
            _lastUsedFirst.RemoveLast();
        }

        return _lastUsedFirst.AddFirst(new FreeTimes(request.Candidates, request.Limit)).Value;
    }

    private CoinUsage UsageOf(CoinId coin)
    {
        if (!_coins.TryGetValue(coin, out var usage))
        {
            _coins[coin] = usage = new();
        }

        return usage;
    }

    private void AddToIndex(CoinId coin, CoinUsage usage, KeyIdHash part)
    {
        RemoveFromIndex(usage);
        usage.Part = part;
        _coinOfPart[part] = coin;
    }

    private void Release(CoinId coin, CoinUsage usage)
    {
        RemoveFromIndex(usage);
        usage.Release();
        MarkFree(coin);
    }

    private void MarkFree(CoinId coin)
    {
        foreach (var times in _lastUsedFirst)
        {
            times.Release(coin);
        }
    }

    private void RemoveFromIndex(CoinUsage usage)
    {
        // Two coins may hold parts with the same id. The index contains the later one.
        if (usage.Part is { } old && _coinOfPart.TryGetValue(old, out var coin) && ReferenceEquals(_coins[coin], usage))
        {
            _coinOfPart.Remove(old);
        }

        usage.Part = null;
    }
}
