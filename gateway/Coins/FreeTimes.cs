using Rke.Wire;

namespace Rke.Gateway.Coins;

/// <summary>
/// The coins of a list of candidates, ordered by the time at which each is free. A time may be too early, so the table checks the
/// coin. It is never too late. So if the first time has not come, no coin is free. Not thread-safe: <see cref="CoinTable"/> holds the
/// lock.
/// </summary>
internal sealed class FreeTimes
{
    // A binary heap of candidates, and the place of each candidate in it.
    private readonly int[] _heap;
    private readonly int[] _places;
    private readonly TimeSpan[] _times;
    private readonly Dictionary<CoinId, int> _candidates;

    public FreeTimes(IReadOnlyList<CoinId> coins, CoinLimit limit)
    {
        (Coins, Limit) = (coins, limit);
        _heap = [.. Enumerable.Range(0, coins.Count)];
        _places = [.. _heap];
        _times = new TimeSpan[coins.Count];
        _candidates = _heap.ToDictionary(candidate => coins[candidate]);
    }

    public IReadOnlyList<CoinId> Coins { get; }

    /// <summary>The limit for which the times are valid.</summary>
    public CoinLimit Limit { get; }

    /// <summary>When the last of the coins that were found occupied is free.</summary>
    public TimeSpan OccupiedUntil { get; private set; }

    /// <summary>The coin that is free first, and when.</summary>
    public (CoinId Coin, TimeSpan At) First => (Coins[_heap[0]], _times[_heap[0]]);

    /// <summary>Sets the time of a coin after a check of the coin.</summary>
    public void Set(CoinId coin, TimeSpan at, bool isOccupied)
    {
        OccupiedUntil = isOccupied && at > OccupiedUntil ? at : OccupiedUntil;
        Move(_candidates[coin], at);
    }

    /// <summary>The coin may be free earlier than its time. Does nothing if it is not in the list.</summary>
    public void Release(CoinId coin)
    {
        if (_candidates.TryGetValue(coin, out var candidate))
        {
            Move(candidate, TimeSpan.Zero);
        }
    }

    private void Move(int candidate, TimeSpan at)
    {
        _times[candidate] = at;
        var place = _places[candidate];
        for (; place > 0 && at < TimeAt((place - 1) / 2); place = (place - 1) / 2)
        {
            Put(place, _heap[(place - 1) / 2]);
        }

        for (; EarlierChild(place) is var child && child < _heap.Length && TimeAt(child) < at; place = child)
        {
            Put(place, _heap[child]);
        }

        Put(place, candidate);
    }

    private int EarlierChild(int place)
    {
        var left = (2 * place) + 1;
        return left + 1 < _heap.Length && TimeAt(left + 1) < TimeAt(left) ? left + 1 : left;
    }

    private TimeSpan TimeAt(int place) => _times[_heap[place]];

    private void Put(int place, int candidate)
    {
        _heap[place] = candidate;
        _places[candidate] = place;
    }
}
