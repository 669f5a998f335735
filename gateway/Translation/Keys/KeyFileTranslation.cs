using Rke.Wire;

namespace Rke.Gateway.Translation.Keys;

/// <summary>RAIDA key files as coins.</summary>
internal static class KeyFileTranslation
{
    /// <summary>The longest file that can be valid.</summary>
    public const int MaxLength = KeyFile.MaxLength;

    /// <summary>Reads a whole file; else says by its name why it is refused, without any of its bytes.</summary>
    public static IReadOnlyList<KeyedCoin>? TryRead(string name, ReadOnlySpan<byte> file, out string problem)
    {
        if (!KeyFile.TryRead(file, out var keyFile, out var error))
        {
            problem = error.Describe(name);
            return null;
        }

        problem = "";
        return [.. keyFile.Coins.Select(keys => new KeyedCoin(keyFile.Network, keys))];
    }

    /// <summary>Makes a coin of random numbers, 25 × 16 bytes, that exists nowhere else.</summary>
    public static KeyedCoin Make(ushort network, CoinId id, ReadOnlySpan<byte> numbers) => new(network, CoinKeys.Create(id, numbers));
}
