using Rke.Raida.Storage;
using Rke.Wire;

namespace Rke.Raida.Coins;

/// <summary>
/// The coins that one server knows, each with the authenticity number (AN) that it shares with this server alone.
/// 36 bytes a coin. Coins may be added while the server runs.
/// </summary>
public sealed class CoinTable : IDisposable
{
    private readonly Lock _gate = new();
    private readonly LinearHashIndex _index = new();
    private readonly SegmentedList<Coin> _coins = new();

    /// <summary>How many coins there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _coins.Count;
            }
        }
    }

    /// <summary>Adds a coin, or gives a known one another AN.</summary>
    public void Add(CoinId coin, AuthenticityNumber number)
    {
        lock (_gate)
        {
            var index = Find(coin);
            if (index < 0)
            {
                index = _coins.Add();
                _index.Insert(HashOf(coin), index);
            }

            _coins[index] = new Coin { Id = coin, Number = number };
        }
    }

    /// <summary>Finds a coin.</summary>
    /// <param name="index">Its place, which never changes.</param>
    internal bool TryFind(CoinId coin, out int index, out AuthenticityNumber number)
    {
        lock (_gate)
        {
            index = Find(coin);
            number = index < 0 ? default : _coins[index].Number;
            return index >= 0;
        }
    }

    /// <summary>Zeroes every AN; afterwards no request can be opened.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            for (var index = 0; index < _coins.Count; index++)
            {
                _coins[index].Number = default;
            }
        }
    }

    internal static uint HashOf(CoinId coin) => (uint)HashCode.Combine(coin.Denomination, coin.SerialNumber);

    private int Find(CoinId coin)
    {
        var index = _index.First(HashOf(coin));
        while (index >= 0 && _coins[index].Id != coin)
        {
            index = _index.Next(index);
        }

        return index;
    }

    private struct Coin
    {
        public CoinId Id;
        public AuthenticityNumber Number;
    }
}
