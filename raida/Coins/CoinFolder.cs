using System.Security.Cryptography;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Raida.Coins;

/// <summary>RAIDA key files, formats 9 and A, from which a key server learns its coins.</summary>
internal static class CoinFolder
{
    private const string MadeFile = "made-by-rke-raida.key";

    /// <summary>Reads a file, or every file of a folder, into <paramref name="coins"/>.</summary>
    /// <param name="network">Files of other networks are passed over.</param>
    /// <returns>How many coins there were, and a sentence for every file that was refused.</returns>
    public static (int Coins, IReadOnlyList<string> Refused) Load(string path, ushort network, NetworkCoins coins)
    {
        var count = 0;
        var refused = new List<string>();
        string[] files = File.Exists(path) ? [path] : Directory.GetFiles(path);
        foreach (var file in files.Order(StringComparer.Ordinal))
        {
            if (!TryRead(file, out var keyFile, out var reason))
            {
                refused.Add(reason);
                continue;
            }

            foreach (var coin in keyFile!.Coins)
            {
                if (keyFile.Network == network)
                {
                    coins.Add(coin);
                    count++;
                }

                coin.Dispose();
            }
        }

        return (count, refused);
    }

    /// <summary>Makes coins and keeps them in a new file of format 9, which only its owner can read.</summary>
    /// <returns>The file's path; null if the folder has that file from an earlier time.</returns>
    public static string? Make(string folder, ushort network, int count, IEntropySource entropy)
    {
        var path = Path.Combine(folder, MadeFile);
        if (File.Exists(path))
        {
            return null;
        }

        Directory.CreateDirectory(folder);
        var made = new List<CoinKeys>(count);
        Span<byte> numbers = stackalloc byte[CoinKeys.NumbersLength];
        for (var index = 0; index < count; index++)
        {
            entropy.Fill(numbers);
            made.Add(CoinKeys.Create(new CoinId(1, (uint)index + 1), numbers));
        }

        CryptographicOperations.ZeroMemory(numbers);
        var bytes = KeyFile.WriteFormat9(network, made);
        made.ForEach(coin => coin.Dispose());
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var stream = new FileStream(path, options))
        {
            stream.Write(bytes);
        }

        CryptographicOperations.ZeroMemory(bytes);
        return path;
    }

    private static bool TryRead(string path, out KeyFile? keyFile, out string reason)
    {
        keyFile = null;
        if (new FileInfo(path).Length > KeyFile.MaxLength)
        {
            reason = KeyFileError.SizeWrong.Describe(path);
            return false;
        }

        var bytes = File.ReadAllBytes(path);
        var right = KeyFile.TryRead(bytes, out keyFile, out var error);
        CryptographicOperations.ZeroMemory(bytes);
        reason = right ? "" : error.Describe(path);
        return right;
    }
}
