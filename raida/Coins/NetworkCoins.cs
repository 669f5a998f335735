using Rke.Wire;

namespace Rke.Raida.Coins;

/// <summary>The coin tables of a network's 25 servers.</summary>
public sealed class NetworkCoins
{
    /// <summary>A network has servers 0-24.</summary>
    public const int Servers = 25;

    private readonly CoinTable[] _tables = [.. Enumerable.Range(0, Servers).Select(_ => new CoinTable())];

    /// <summary>The coins that server <paramref name="raida"/> knows.</summary>
    public CoinTable this[int raida] => _tables[raida];

    /// <summary>Adds a coin to all 25 servers.</summary>
    /// <param name="coin">Its public numbers.</param>
    /// <param name="numbers">25 authenticity numbers, that of server 0 first.</param>
    public void Add(CoinId coin, ReadOnlySpan<AuthenticityNumber> numbers)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(numbers.Length, Servers);
        for (var raida = 0; raida < Servers; raida++)
        {
            _tables[raida].Add(coin, numbers[raida]);
        }
    }
}
