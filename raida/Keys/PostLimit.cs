using System.Runtime.InteropServices;
using Rke.Wire;

namespace Rke.Raida.Keys;

/// <summary>
/// The limit of posts per coin (status 7, docs/WIRE.md §9): at most <paramref name="posts"/> in any window. The limit is
/// exact: one queue holds every accepted post of the window. The server's lock protects this limit.
/// </summary>
/// <param name="posts">The number of posts in one window.</param>
/// <param name="window">In ticks of the clock that makes the timestamps.</param>
internal sealed class PostLimit(int posts, long window)
{
    private readonly Queue<(long Time, CoinId Coin)> _accepted = new();
    private readonly Dictionary<CoinId, int> _counts = [];

    public bool Allows(long now, CoinId coin)
    {
        RemoveOld(now);
        return _counts.GetValueOrDefault(coin) < posts;
    }

    /// <summary>Counts an accepted post.</summary>
    public void Count(long now, CoinId coin)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(_counts, coin, out _)++;
        _accepted.Enqueue((now, coin));
    }

    private void RemoveOld(long now)
    {
        while (_accepted.TryPeek(out var oldest) && now - oldest.Time >= window)
        {
            _accepted.Dequeue();
            if (--_counts[oldest.Coin] == 0)
            {
                _counts.Remove(oldest.Coin);
            }
        }
    }
}
