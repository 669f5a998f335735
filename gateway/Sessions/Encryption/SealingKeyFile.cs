using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Rke.Gateway.Reload;

namespace Rke.Gateway.Sessions.Encryption;

/// <summary>
/// Reads the file of sealing keys. The file is 32 random bytes, or text with one key per line as 64 hexadecimal digits or as base64.
/// The first key encrypts. The other keys decrypt what they encrypted before. Lines that start with # are comments. A key that is
/// obviously not random is refused, such as a password or a placeholder.
/// </summary>
internal static class SealingKeyFile
{
    private const int MaxLength = 16 * 1024;
    private const int MinDifferentBytes = 17;
    private const string Advice = "write one key per line as 64 hexadecimal digits, such as the output of: openssl rand -hex 32";

    public static bool TryRead(string path, out IReadOnlyList<SealingKey> keys, out string problem)
    {
        keys = [];
        if (RegularFile.TryRead(path, MaxLength, out problem) is not { } bytes)
        {
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

    /// <param name="problem">What is wrong. It never contains content of the file.</param>
    public static bool TryParse(ReadOnlySpan<byte> file, out IReadOnlyList<SealingKey> keys, out string problem)
    {
        keys = [];
        if (file.Length == SealingKey.Length && !IsText(file))
        {
            problem = FindWeakness(file) is { } weakness ? $"is not random: {weakness}; {Advice}" : "";
            keys = problem.Length == 0 ? [new(file)] : [];
            return problem.Length == 0;
        }

        var found = new List<SealingKey>();
        problem = ReadLines(file, found);
        if (problem.Length > 0)
        {
            found.ForEach(key => key.Dispose());
            return false;
        }

        keys = found;
        return true;
    }

    private static string ReadLines(ReadOnlySpan<byte> file, List<SealingKey> keys)
    {
        Span<byte> key = stackalloc byte[SealingKey.Length];
        try
        {
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
                    return $"has no key of 32 bytes in line {number}; {Advice}";
                }

                if (FindWeakness(key) is { } weakness)
                {
                    return $"has a key that is not random in line {number}: {weakness}; {Advice}";
                }

                keys.Add(new(key));
            }

            return keys.Count > 0 ? "" : $"has no key; {Advice}";
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    // A random key of 32 bytes is text with a probability of 10⁻¹³.
    private static bool IsText(ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            if (value is not ((>= (byte)' ' and <= (byte)'~') or (byte)'\t' or (byte)'\r' or (byte)'\n'))
            {
                return false;
            }
        }

        return true;
    }

    // Each check refuses a random key with a probability below 10⁻¹².
    private static string? FindWeakness(ReadOnlySpan<byte> key)
    {
        if (IsText(key))
        {
            return "its bytes are text";
        }

        Span<bool> seen = stackalloc bool[byte.MaxValue + 1];
        seen.Clear();
        var different = 0;
        foreach (var value in key)
        {
            different += seen[value] ? 0 : 1;
            seen[value] = true;
        }

        return different < MinDifferentBytes ? $"it has only {different} different bytes"
            : HasEqualSteps(key) ? "its bytes are a sequence"
            : null;
    }

    // 00 01 02 …, or 10 20 30 ….
    private static bool HasEqualSteps(ReadOnlySpan<byte> key)
    {
        for (var index = 2; index < key.Length; index++)
        {
            if ((byte)(key[index] - key[index - 1]) != (byte)(key[1] - key[0]))
            {
                return false;
            }
        }

        return true;
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
