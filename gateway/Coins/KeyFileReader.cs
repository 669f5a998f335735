using Rke.Dns;
using Rke.Wire;

namespace Rke.Gateway.Coins;

/// <summary>Reads RAIDA key files of all formats that need no key (docs/WIRE.md §12).</summary>
internal static class KeyFileReader
{
    /// <summary>The maximum length of a valid file.</summary>
    public const int MaxLength = KeyFile.MaxLength;

    /// <summary>
    /// Reads a file. Returns null and the problem if it is invalid. The problem contains no bytes of the file.
    /// </summary>
    public static IReadOnlyList<LoadedCoin>? TryRead(string name, ReadOnlySpan<byte> file, out string problem)
    {
        if (!KeyFileImport.TryRead(name, file, default, out var keyFile, out var error))
        {
            problem = error.Describe(name);
            return null;
        }

        problem = "";
        return [.. keyFile.Coins.Select(keys => new LoadedCoin(keyFile.Network, keys))];
    }

    /// <summary>Creates a coin from random authenticity numbers, 25 × 16 bytes.</summary>
    public static LoadedCoin Make(ushort network, CoinId id, ReadOnlySpan<byte> numbers) =>
        new(network, CoinKeys.Create(id, numbers));
}
