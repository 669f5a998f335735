using Rke.Raida.Storage;

namespace Rke.Raida.Keys;

/// <summary>
/// How often a coin may post (status 7, docs/WIRE.md §9): at most <paramref name="posts"/> times in any window,
/// exactly. All admitted posts stand in one queue in order of time and leave it when their window has passed; a count
/// for every coin follows them. 16 bytes a post in the window. Used under the server's lock.
/// </summary>
internal sealed class PostLimit(int posts, long window)
{
    private readonly Queue<(long Time, int Coin)> _admitted = new();
    private readonly SegmentedList<int> _counts = new();

    /// <summary>Whether the coin may post now.</summary>
    /// <param name="coin">The coin's place in its table.</param>
    public bool Admits(long now, int coin)
    {
        Forget(now);
        return coin >= _counts.Count || _counts[coin] < posts;
    }

    /// <summary>Counts a post.</summary>
    public void Count(long now, int coin)
    {
        _counts.GrowTo(coin + 1);
        _counts[coin]++;
        _admitted.Enqueue((now, coin));
    }

    private void Forget(long now)
    {
        while (_admitted.TryPeek(out var oldest) && now - oldest.Time >= window)
        {
            _admitted.Dequeue();
            _counts[oldest.Coin]--;
        }
    }
}
