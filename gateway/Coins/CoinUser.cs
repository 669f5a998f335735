using Rke.Gateway.Translation.Keys;

namespace Rke.Gateway.Coins;

/// <summary>One use of a coin: as long as it lasts the coin's keys stay, whatever is reloaded.</summary>
internal readonly struct CoinUser(KeyedCoin coin) : IDisposable
{
    public KeyedCoin Coin => coin;

    public void Dispose() => coin.Release();
}
