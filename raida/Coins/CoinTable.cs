using System.Security.Cryptography;
using Rke.Wire;

namespace Rke.Raida.Coins;

/// <summary>
/// The coins of one server, each with the authenticity number (AN) that it shares with this server only. You can add
/// coins while the server runs.
/// </summary>
public sealed class CoinTable : IDisposable
{
    private readonly Lock _gate = new();

    // The numbers are in pinned arrays, so that neither the garbage collector nor a growing dictionary copies them.
    private readonly Dictionary<CoinId, byte[]> _numbers = [];

    /// <summary>The number of coins.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _numbers.Count;
            }
        }
    }

    /// <summary>Adds a coin, or replaces the AN of a coin.</summary>
    public void Add(CoinId coin, AuthenticityNumber number)
    {
        lock (_gate)
        {
            if (!_numbers.TryGetValue(coin, out var bytes))
            {
                bytes = GC.AllocateUninitializedArray<byte>(AuthenticityNumber.Length, pinned: true);
                _numbers.Add(coin, bytes);
            }

            number.CopyTo(bytes);
        }
    }

    /// <summary>Removes a coin and zeroes its AN.</summary>
    public void Remove(CoinId coin)
    {
        lock (_gate)
        {
            if (_numbers.Remove(coin, out var bytes))
            {
                CryptographicOperations.ZeroMemory(bytes);
            }
        }
    }

    /// <summary>Zeroes every AN. After that, the server can decrypt no request.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var bytes in _numbers.Values)
            {
                CryptographicOperations.ZeroMemory(bytes);
            }
        }
    }

    internal bool TryFind(CoinId coin, out AuthenticityNumber number)
    {
        lock (_gate)
        {
            var found = _numbers.TryGetValue(coin, out var bytes);
            number = found ? AuthenticityNumber.Read(bytes) : default;
            return found;
        }
    }
}

/// <summary>The coin tables of the 25 servers of a network.</summary>
public sealed class NetworkCoins : IDisposable
{
    private readonly CoinTable[] _tables = [.. Enumerable.Range(0, RaidaNetwork.ServerCount).Select(_ => new CoinTable())];

    /// <summary>The coins of one server.</summary>
    public CoinTable this[int raidaId] => _tables[raidaId];

    /// <summary>Adds a coin to all 25 servers. The caller can dispose <paramref name="coin"/> afterwards.</summary>
    public void Add(CoinKeys coin)
    {
        for (var raidaId = 0; raidaId < RaidaNetwork.ServerCount; raidaId++)
        {
            _tables[raidaId].Add(coin.Id, coin[raidaId]);
        }
    }

    /// <summary>Zeroes every authenticity number. Stop the servers first.</summary>
    public void Dispose()
    {
        foreach (var table in _tables)
        {
            table.Dispose();
        }
    }
}
