using Rke.Gateway.Translation.Keys;

namespace Rke.Gateway.Coins;

/// <summary>All coins that the gateway has at one moment; it never changes.</summary>
internal sealed class CoinRing
{
    public static readonly CoinRing Empty = new([]);

    private readonly Dictionary<ushort, NetworkCoins> _networks;

    public CoinRing(IReadOnlyCollection<KeyedCoin> coins)
    {
        Coins = coins;
        _networks = coins.GroupBy(coin => coin.Network).ToDictionary(group => group.Key, group => new NetworkCoins(group));
    }

    public IReadOnlyCollection<KeyedCoin> Coins { get; }

    public NetworkCoins Of(ushort network) => _networks.GetValueOrDefault(network, NetworkCoins.None);
}
