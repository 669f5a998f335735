using Rke.Wire;

namespace Rke.Gateway.State;

/// <summary>The coins of one key server, as one process knows them. Every method is one step under one lock.</summary>
internal sealed class CoinTable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<CoinId, CoinUse> _coins = [];
    private readonly Dictionary<PartHash, CoinId> _coinOfPart = [];

    public CoinGrant Reserve(in CoinRequest request, ulong ticket, TimeSpan now, DateTimeOffset clock)
    {
        lock (_gate)
        {
            var isAnyOccupied = false;
            var soonest = TimeSpan.MaxValue;
            for (var index = 0; index < request.Candidates.Count; index++)
            {
                var coin = request.Candidates[(request.First + index) % request.Candidates.Count];
                var use = UseOf(coin);
                var freeAt = use.FreeAt(now, request.Limit, request.Occupies, out var isOccupied);
                if (freeAt <= now)
                {
                    use.Take(ticket, now, request);
                    if (request.Occupies)
                    {
                        Index(coin, use, request.Part);
                    }

                    return CoinGrant.Granted(new(request.Server, coin, request.Part, ticket, clock + request.Lifetime));
                }

                isAnyOccupied |= isOccupied;
                soonest = freeAt < soonest ? freeAt : soonest;
            }

            var answer = !isAnyOccupied ? CoinAnswer.Overused
                : request.Candidates.Count == 1 ? CoinAnswer.Occupied
                : CoinAnswer.NoFreeCoin;
            return CoinGrant.Refused(answer, soonest - now);
        }
    }

    public void Complete(in CoinReservation reservation, PostOutcome outcome)
    {
        if (outcome is PostOutcome.Stored or PostOutcome.Unknown)
        {
            return;
        }

        lock (_gate)
        {
            var use = UseOf(reservation.Coin);
            if (outcome == PostOutcome.NotSent)
            {
                use.Uncount(reservation.Ticket);
            }

            if (use.Ticket == reservation.Ticket)
            {
                Release(use);
            }
        }
    }

    public void Free(PartHash part, CoinId? coin)
    {
        lock (_gate)
        {
            if (coin is { } named && UseOf(named) is var use && use.Part == part)
            {
                Release(use);
            }
            else if (_coinOfPart.TryGetValue(part, out var found))
            {
                Release(UseOf(found));
            }
        }
    }

    public void Rest(CoinId coin, TimeSpan until)
    {
        lock (_gate)
        {
            UseOf(coin).RestUntil(until);
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
                counts += !_coins.TryGetValue(coin, out var use) || use.FreeAt(now, limit, occupies: true, out isOccupied) <= now
                    ? new CoinCounts(1, 0, 0)
                    : isOccupied ? new CoinCounts(0, 1, 0) : new CoinCounts(0, 0, 1);
            }
        }

        return counts;
    }

    private CoinUse UseOf(CoinId coin)
    {
        if (!_coins.TryGetValue(coin, out var use))
        {
            _coins[coin] = use = new();
        }

        return use;
    }

    private void Index(CoinId coin, CoinUse use, PartHash part)
    {
        Forget(use);
        use.Part = part;
        _coinOfPart[part] = coin;
    }

    private void Release(CoinUse use)
    {
        Forget(use);
        use.Release();
    }

    private void Forget(CoinUse use)
    {
        // Two coins may hold parts of one id; the index names the later one.
        if (use.Part is { } old && _coinOfPart.TryGetValue(old, out var coin) && ReferenceEquals(_coins[coin], use))
        {
            _coinOfPart.Remove(old);
        }

        use.Part = null;
    }
}
