using Rke.Wire;

namespace Rke.Raida.Coins;

/// <summary>
/// Keyed ciphers of the coins that were used last. A cipher is some two kilobytes, too much to keep one for every
/// coin, and too dear to key for every datagram. Used under the server's lock.
/// </summary>
internal sealed class CipherCache : IDisposable
{
    private const int Places = 256;

    private readonly CoinCipher?[] _ciphers = new CoinCipher?[Places];

    /// <summary>A cipher keyed with <paramref name="number"/>, good until the next call.</summary>
    /// <param name="coin">The coin's place in its table.</param>
    public CoinCipher For(int coin, AuthenticityNumber number)
    {
        var place = coin % Places;
        var cipher = _ciphers[place];
        if (cipher is not null)
        {
            if (cipher.Number == number)
            {
                return cipher;
            }

            cipher.Dispose();
        }

        return _ciphers[place] = new CoinCipher(number);
    }

    public void Dispose()
    {
        foreach (var cipher in _ciphers)
        {
            cipher?.Dispose();
        }
    }
}
