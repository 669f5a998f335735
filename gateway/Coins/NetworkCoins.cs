using Rke.Gateway.Translation.Keys;
using Rke.Wire;

namespace Rke.Gateway.Coins;

/// <summary>The coins of one network, in order.</summary>
internal sealed class NetworkCoins
{
    public static readonly NetworkCoins None = new([]);

    private readonly Dictionary<CoinId, KeyedCoin> _coins;

    public NetworkCoins(IEnumerable<KeyedCoin> coins)
    {
        _coins = coins.ToDictionary(coin => coin.Id);
        Ids = [.. _coins.Keys.OrderBy(id => id.SerialNumber).ThenBy(id => id.Denomination)];
    }

    public IReadOnlyList<CoinId> Ids { get; }

    public KeyedCoin? Find(CoinId id) => _coins.GetValueOrDefault(id);
}
