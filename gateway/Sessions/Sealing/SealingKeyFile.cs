using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Rke.Gateway.Sessions.Sealing;

/// <summary>
/// Reads the file of sealing keys: 32 bytes and nothing else, or text with one key a line in 64 hexadecimal digits or
/// in base64. The first key seals; the others open what was sealed before. Lines that begin with # are skipped.
/// </summary>
internal static class SealingKeyFile
{
    private const int MostLength = 16 * 1024;

    public static bool TryRead(string path, out IReadOnlyList<SealingKey> keys, out string problem)
    {
        keys = [];
        byte[] bytes;
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > MostLength)
            {
                problem = "is longer than any list of keys needs to be";
                return false;
            }

            bytes = GC.AllocateUninitializedArray<byte>((int)stream.Length, pinned: true);
            stream.ReadExactly(bytes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problem = $"cannot be read: {exception.Message}";
            return false;
        }

        try
        {
            return TryParse(bytes, out keys, out problem);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <param name="problem">It never repeats what stands in the file.</param>
    public static bool TryParse(ReadOnlySpan<byte> file, out IReadOnlyList<SealingKey> keys, out string problem)
    {
        problem = "";
        if (file.Length == SealingKey.Length)
        {
            keys = [new(file)];
            return true;
        }

        var found = new List<SealingKey>();
        keys = found;
        Span<byte> key = stackalloc byte[SealingKey.Length];
        var number = 0;
        foreach (var range in file.Split((byte)'\n'))
        {
            number++;
            var line = file[range].Trim(" \t\r"u8);
            if (line.IsEmpty || line[0] == '#')
            {
                continue;
            }

            if (!TryParseLine(line, key))
            {
                found.ForEach(earlier => earlier.Dispose());
                problem = $"has no key of 32 bytes in line {number}: write 64 hexadecimal digits or base64";
                return false;
            }

            found.Add(new(key));
        }

        CryptographicOperations.ZeroMemory(key);
        problem = found.Count > 0 ? "" : "holds no key: write 64 hexadecimal digits, as openssl rand -hex 32 gives";
        return found.Count > 0;
    }

    private static bool TryParseLine(ReadOnlySpan<byte> line, Span<byte> key)
    {
        if (line.Length == 2 * SealingKey.Length)
        {
            Span<char> digits = stackalloc char[line.Length];
            Encoding.Latin1.GetChars(line, digits);
            var isHex = Convert.FromHexString(digits, key, out _, out _) == System.Buffers.OperationStatus.Done;
            digits.Clear();
            return isHex;
        }

        Span<byte> decoded = stackalloc byte[Base64.GetMaxDecodedFromUtf8Length(Math.Min(line.Length, 64))];
        var isBase64 = line.Length <= 64
            && Base64.DecodeFromUtf8(line, decoded, out _, out var written) == System.Buffers.OperationStatus.Done
            && written == SealingKey.Length;
        if (isBase64)
        {
            decoded[..SealingKey.Length].CopyTo(key);
        }

        CryptographicOperations.ZeroMemory(decoded);
        return isBase64;
    }
}
