using Rke.Wire;

namespace Rke.Raida.Coins;

/// <summary>The coin tables of a network's 25 servers.</summary>
public sealed class NetworkCoins : IDisposable
{
    private readonly CoinTable[] _tables = [.. Enumerable.Range(0, CoinKeys.ServerCount).Select(_ => new CoinTable())];

    /// <summary>The coins that server <paramref name="raida"/> knows.</summary>
    public CoinTable this[int raida] => _tables[raida];

    /// <summary>Adds a coin to all 25 servers; what was given may be disposed afterwards.</summary>
    public void Add(CoinKeys coin)
    {
        for (var raida = 0; raida < CoinKeys.ServerCount; raida++)
        {
            _tables[raida].Add(coin.Id, coin[raida]);
        }
    }

    /// <summary>Zeroes every authenticity number, when the servers have stopped.</summary>
    public void Dispose()
    {
        foreach (var table in _tables)
        {
            table.Dispose();
        }
    }
}
