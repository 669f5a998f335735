using System.Collections.Concurrent;
using Rke.Gateway.Networks;
using Rke.Gateway.Policy;
using Rke.Wire;

namespace Rke.Gateway.Coins;

/// <summary>The coins of the gateway. A reload replaces the whole snapshot.</summary>
/// <param name="reserved">The coins that only one feature uses.</param>
internal sealed class CoinStore(ReservedCoins? reserved = null)
{
    private readonly ReservedCoins _reserved = reserved ?? ReservedCoins.None;
    private volatile CoinSnapshot _snapshot = CoinSnapshot.Empty;
    private uint _rotation;

    public NetworkCoins Of(ushort network) => _snapshot.Of(network);

    /// <summary>All coins of all networks.</summary>
    public IReadOnlyCollection<LoadedCoin> Coins => _snapshot.Coins;

    /// <summary>
    /// The index of the coin to try first, of <paramref name="count"/> coins. Each call returns the next index.
    /// </summary>
    public int RotateStart(int count) => (int)(Interlocked.Increment(ref _rotation) % (uint)count);

    /// <summary>Leases a coin; null if the gateway does not have it.</summary>
    public CoinLease? TryLease(ushort network, CoinId id)
    {
        // A concurrent reload may have released the coin. The new snapshot may contain it again.
        while (_snapshot is var snapshot && snapshot.Of(network).Find(id) is { } coin)
        {
            if (coin.TryAcquire())
            {
                return new CoinLease(coin);
            }
        }

        return null;
    }

    /// <summary>Leases a coin of a network; null if there is none.</summary>
    /// <param name="network">The network of the coin.</param>
    /// <param name="permit">The coins to choose from.</param>
    /// <param name="rank">A struct, so that a call allocates nothing for it.</param>
    public CoinLease? TryLeaseAny<TRank>(ushort network, Permit permit, TRank rank)
        where TRank : struct, ICoinRank
    {
        // A reload may remove the chosen coin before the lease. Then this tries another one.
        while (_snapshot.Of(network).Permitted(network, permit) is { Count: > 0 } ids)
        {
            if (BestOf(ids, RotateStart(ids.Count), rank) is not { } chosen)
            {
                return null;
            }

            if (TryLease(network, chosen) is { } lease)
            {
                return lease;
            }
        }

        return null;
    }

    /// <summary>
    /// Leases the last coin of a network; null if there is none. Name lookups can reveal the authenticity number of
    /// their coin (docs/SECURITY.md), so they all use this one.
    /// </summary>
    public CoinLease? TryLeaseLast(ushort network)
    {
        while (_snapshot.Of(network).Permitted(network, Permit.Everything) is { Count: > 0 } ids)
        {
            if (TryLease(network, ids[^1]) is { } lease)
            {
                return lease;
            }
        }

        return null;
    }

    /// <summary>
    /// Replaces all coins. Coins that do not change keep their object. The numbers of removed coins are zeroed after
    /// their last lease ends.
    /// </summary>
    public CoinSnapshot Replace(IEnumerable<LoadedCoin> coins)
    {
        var old = _snapshot;
        var kept = new HashSet<LoadedCoin>();
        var next = new List<LoadedCoin>();
        foreach (var coin in coins)
        {
            if (old.Of(coin.Network).Find(coin.Id) is { } known && (ReferenceEquals(known, coin) || known.IsSameAs(coin)))
            {
                if (!ReferenceEquals(known, coin))
                {
                    coin.Release();
                }

                kept.Add(known);
                next.Add(known);
            }
            else
            {
                next.Add(coin);
            }
        }

        _snapshot = new CoinSnapshot(next, _reserved);
        foreach (var dropped in old.Coins.Where(coin => !kept.Contains(coin)))
        {
            dropped.Release();
        }

        return _snapshot;
    }

    // Usually the first coin has the best rank.
    private static CoinId? BestOf<TRank>(IReadOnlyList<CoinId> ids, int start, TRank rank)
        where TRank : struct, ICoinRank
    {
        var (best, bestRank) = (default(CoinId?), int.MaxValue);
        for (var index = 0; index < ids.Count && bestRank > 0; index++)
        {
            var coin = ids[(start + index) % ids.Count];
            if (rank.RankOf(coin) is { } found && found < bestRank)
            {
                (best, bestRank) = (coin, found);
            }
        }

        return best;
    }
}

/// <summary>Ranks coins for <see cref="CoinStore.TryLeaseAny"/>.</summary>
internal interface ICoinRank
{
    /// <summary>A coin with a lower rank is better. One with rank null is not chosen.</summary>
    int? RankOf(CoinId coin);
}

/// <summary>All coins at one moment. Immutable.</summary>
internal sealed class CoinSnapshot
{
    public static readonly CoinSnapshot Empty = new([], ReservedCoins.None);

    private readonly Dictionary<ushort, NetworkCoins> _networks;

    public CoinSnapshot(IReadOnlyCollection<LoadedCoin> coins, ReservedCoins reserved)
    {
        Coins = coins;
        _networks = coins.GroupBy(coin => coin.Network).ToDictionary(group => group.Key, group => new NetworkCoins(group, reserved));
    }

    public IReadOnlyCollection<LoadedCoin> Coins { get; }

    public NetworkCoins Of(ushort network) => _networks.GetValueOrDefault(network, NetworkCoins.None);
}

/// <summary>The coins of one network, ordered by serial number.</summary>
internal sealed class NetworkCoins
{
    public static readonly NetworkCoins None = new([], ReservedCoins.None);

    private const int MaxPermits = 256;

    private readonly Dictionary<CoinId, LoadedCoin> _coins;
    private readonly ConcurrentDictionary<Permit, IReadOnlyList<CoinId>> _permitted = new();
    private readonly ReservedCoins _reserved;

    // The coins that no feature has for itself.
    private readonly IReadOnlyList<CoinId> _open;

    public NetworkCoins(IEnumerable<LoadedCoin> coins, ReservedCoins reserved)
    {
        _reserved = reserved;
        _coins = coins.ToDictionary(coin => coin.Id);
        Ids = [.. _coins.Keys.OrderBy(id => id.SerialNumber).ThenBy(id => id.Denomination)];
        CoinId[] open = [.. Ids.Where(id => !reserved.Contains(_coins[id].Network, id))];
        _open = open.Length == Ids.Count ? Ids : open;
    }

    public IReadOnlyList<CoinId> Ids { get; }

    /// <summary>
    /// Those coins that a call may use. Calls with the same permit get the same list, because its state is found by the list.
    /// </summary>
    public IReadOnlyList<CoinId> Permitted(ushort network, Permit permit)
    {
        if (_permitted.TryGetValue(permit, out var coins))
        {
            return coins;
        }

        // Permits of an earlier policy stay in the table until it is full.
        if (_permitted.Count >= MaxPermits)
        {
            _permitted.Clear();
        }

        return _permitted.GetOrAdd(
            permit,
            permit.Among(network, permit.UsesReservedCoins ? Ids : _open));
    }

    /// <summary>Fails if a feature has the coin for itself, and the call has not the permit of that feature.</summary>
    public void RequireOpen(ServerId server, CoinId coin, Permit permit)
    {
        if (!permit.UsesReservedCoins && _reserved.Contains(server.Network, coin))
        {
            throw CoinFailures.Reserved(server, coin).ToException();
        }
    }

    public LoadedCoin? Find(CoinId id) => _coins.GetValueOrDefault(id);
}

/// <summary>
/// A lease of a coin. The numbers of the coin stay in memory until the lease ends, even if a reload removes the coin.
/// </summary>
internal readonly struct CoinLease(LoadedCoin coin) : IDisposable
{
    public LoadedCoin Coin => coin;

    public void Dispose() => coin.Release();
}
