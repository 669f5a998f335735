using System.Security.Cryptography;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Raida.Coins;

/// <summary>Reads the coins of a key server from RAIDA key files of formats 8, 9, A and B, and creates such a file.</summary>
internal static class CoinFiles
{
    private const string CreatedFile = "made-by-rke-raida.key";
    private const int DraftNameLength = 16;

    /// <summary>
    /// Reads a file, or every file of a folder, into <paramref name="coins"/>. In a folder, a file whose name begins with a dot is
    /// ignored: it can be a draft that was not completed.
    /// </summary>
    /// <param name="network">Files of other networks are ignored.</param>
    /// <returns>The number of coins, and an error text for each file that was skipped.</returns>
    public static (int Coins, IReadOnlyList<string> Errors) Load(string path, ushort network, NetworkCoins coins)
    {
        var count = 0;
        var errors = new List<string>();
        string[] files = File.Exists(path)
            ? [path]
            : [.. Directory.GetFiles(path).Where(file => Path.GetFileName(file) is [not '.', ..]).Order(StringComparer.Ordinal)];
        foreach (var file in files)
        {
            if (!TryRead(file, out var keyFile, out var error))
            {
                errors.Add(error);
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

        return (count, errors);
    }

    /// <summary>Creates coins, and stores them in a new file of format 9 that only its owner can read.</summary>
    /// <returns>The path of the file. Null if the file exists already.</returns>
    public static string? Create(string folder, ushort network, int count, IEntropySource entropy)
    {
        var path = Path.Combine(folder, CreatedFile);
        if (File.Exists(path))
        {
            return null;
        }

        Directory.CreateDirectory(folder);
        var created = new List<CoinKeys>(count);
        Span<byte> numbers = stackalloc byte[CoinKeys.NumbersLength];
        for (var index = 0; index < count; index++)
        {
            entropy.Fill(numbers);
            created.Add(CoinKeys.Create(new CoinId(1, (uint)index + 1), numbers));
        }

        CryptographicOperations.ZeroMemory(numbers);
        var bytes = KeyFile.WriteFormat9(network, created);
        created.ForEach(coin => coin.Dispose());
        try
        {
            WriteNew(path, stream => stream.Write(bytes));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }

        return path;
    }

    /// <summary>
    /// Writes a new file that only its owner can read. It gets its name when it is complete and on the disk, so a full disk or a stop
    /// of the process leaves no part of it under this name.
    /// </summary>
    /// <exception cref="IOException">The file exists already, or cannot be written.</exception>
    internal static void WriteNew(string path, Action<Stream> write)
    {
        var draft = Path.Combine(
            Path.GetDirectoryName(path)!,
            $".{Path.GetFileName(path)}.{RandomNumberGenerator.GetHexString(DraftNameLength, lowercase: true)}.new");

        // No copy of the authenticity numbers in a buffer.
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var stream = new FileStream(draft, options);
        try
        {
            using (stream)
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(draft, path, overwrite: false);
        }
        catch
        {
            File.Delete(draft);
            throw;
        }
    }

    private static bool TryRead(string path, out KeyFile? keyFile, out string error)
    {
        keyFile = null;
        try
        {
            var file = new FileInfo(path);
            file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;

            // FIFOs and devices have the length 0. To open a FIFO can take forever.
            if (file.Length is 0 or > KeyFile.MaxLength)
            {
                error = file.Length == 0
                    ? $"'{path}' is empty, or is not a regular file. Remove it from the folder."
                    : KeyFileError.SizeWrong.Describe(path);
                return false;
            }

            var bytes = File.ReadAllBytes(path);
            var isValid = KeyFile.TryRead(bytes, out keyFile, out var fault);
            CryptographicOperations.ZeroMemory(bytes);
            error = isValid ? "" : fault.Describe(path);
            return isValid;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            error = $"'{path}' cannot be read: {exception.Message}";
            return false;
        }
    }
}
