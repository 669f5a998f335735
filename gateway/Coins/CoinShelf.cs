using Rke.Gateway.Policy;
using Rke.Gateway.Translation.Keys;
using Rke.Wire;

namespace Rke.Gateway.Coins;

/// <summary>The coins that the gateway has now. A reload puts another ring in their place.</summary>
internal sealed class CoinShelf
{
    private volatile CoinRing _ring = CoinRing.Empty;
    private uint _turn;

    public NetworkCoins Of(ushort network) => _ring.Of(network);

    /// <summary>All coins, for whoever reloads them.</summary>
    public IReadOnlyCollection<KeyedCoin> Coins => _ring.Coins;

    /// <summary>Where to start among <paramref name="count"/> coins: every call gets the next one.</summary>
    public int Turn(int count) => (int)(Interlocked.Increment(ref _turn) % (uint)count);

    /// <summary>Takes a coin into use; null when the gateway does not have it.</summary>
    public CoinUser? Use(ushort network, CoinId id)
    {
        // A ring that is replaced in between drops coins that nobody uses; the new ring may have the same one.
        while (_ring is var ring && ring.Of(network).Find(id) is { } coin)
        {
            if (coin.TryUse())
            {
                return new CoinUser(coin);
            }
        }

        return null;
    }

    /// <summary>Takes any coin of a network into use; null when there is none.</summary>
    /// <param name="network">The coin's network.</param>
    /// <param name="permit">Only one that it allows.</param>
    public CoinUser? UseAny(ushort network, Permit? permit = null) =>
        UseOne(network, permit ?? Permit.Everything, static (shelf, ids) => ids[shelf.Turn(ids.Count)]);

    /// <summary>
    /// Takes the last coin of a network into use, always the same; null when there is none. For what may give a coin's
    /// number away (docs/SECURITY.md), so that it is one coin's.
    /// </summary>
    public CoinUser? UseLast(ushort network) =>
        UseOne(network, Permit.Everything, static (_, ids) => ids[^1]);

    /// <summary>
    /// Puts new coins in place of all before. Those that are in both stay as they are; those that are gone are zeroed
    /// when their last user is done.
    /// </summary>
    public CoinRing Replace(IEnumerable<KeyedCoin> coins)
    {
        var old = _ring;
        var kept = new HashSet<KeyedCoin>();
        var ring = new List<KeyedCoin>();
        foreach (var coin in coins)
        {
            if (old.Of(coin.Network).Find(coin.Id) is { } known && (ReferenceEquals(known, coin) || known.IsSameAs(coin)))
            {
                if (!ReferenceEquals(known, coin))
                {
                    coin.Release();
                }

                kept.Add(known);
                ring.Add(known);
            }
            else
            {
                ring.Add(coin);
            }
        }

        _ring = new CoinRing(ring);
        foreach (var dropped in old.Coins.Where(coin => !kept.Contains(coin)))
        {
            dropped.Release();
        }

        return _ring;
    }

    // A coin that left between choice and use is no reason to give up while there is another one.
    private CoinUser? UseOne(ushort network, Permit permit, Func<CoinShelf, IReadOnlyList<CoinId>, CoinId> choose)
    {
        while (permit.Among(network, _ring.Of(network).Ids) is { Count: > 0 } ids)
        {
            if (Use(network, choose(this, ids)) is { } user)
            {
                return user;
            }
        }

        return null;
    }
}
