using Rke.Wire;

namespace Rke.Raida.Coins;

/// <summary>
/// Keyed ciphers of the coins that were used last. Expanded keys for all coins would take ten times the memory of the
/// coins. A cipher gets a new key when its place is needed for another coin, so the cache does not allocate after each
/// place was used. The server's lock protects this cache.
/// </summary>
internal sealed class CipherCache : IDisposable
{
    private readonly CoinCipher?[] _ciphers = new CoinCipher?[256];

    /// <summary>The cipher of a coin. It is valid until the next call.</summary>
    public CoinCipher Get(CoinId coin, AuthenticityNumber number)
    {
        ref var cipher = ref _ciphers[(uint)coin.GetHashCode() % _ciphers.Length];
        if (cipher is null)
        {
            cipher = new CoinCipher(number);
        }
        else if (cipher.Number != number)
        {
            cipher.SetNumber(number);
        }

        return cipher;
    }

    public void Dispose()
    {
        foreach (var cipher in _ciphers)
        {
            cipher?.Dispose();
        }
    }
}
