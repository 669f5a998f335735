using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Rke.Wire;

/// <summary>
/// Decrypts key files of format 9 whose coins are encrypted (docs/WIRE.md §12): byte 5 is 1 for AES-128 or 4 for AES-256, in counter mode.
/// Bytes 8-14 are the first 7 bytes of the SHA-256 of the key. The public documents do not say the first counter block. This class uses zero
/// and checks each coin, so a file with another block is rejected and never misread.
/// </summary>
public static class KeyFileCipher
{
    private const byte Aes128 = 1;
    private const byte Aes256 = 4;
    private const int HashStart = 8;
    private const int HashLength = 7;
    private const int BlockLength = 16;
    private const int Format9CoinLength = 7 + CoinKeys.NumbersLength;

    /// <summary>Whether the file has encrypted coins.</summary>
    public static bool IsEncrypted(ReadOnlySpan<byte> file) =>
        file.Length >= KeyFile.HeaderLength && file[0] == (byte)KeyFileFormat.Nine && file[KeyFile.EncryptionIndex] != 0;

    /// <summary>The length of the key in bytes. 0 if the encryption type is unknown.</summary>
    public static int KeyLengthOf(ReadOnlySpan<byte> file) => file[KeyFile.EncryptionIndex] switch
    {
        Aes128 => 16,
        Aes256 => 32,
        _ => 0,
    };

    /// <summary>Decrypts the coins in place. The file is then a file without encryption.</summary>
    public static KeyFileDecryption Decrypt(Span<byte> file, ReadOnlySpan<byte> key)
    {
        if (KeyLengthOf(file) == 0 || KeyLengthOf(file) != key.Length)
        {
            return KeyFileDecryption.WrongKeyLength;
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(key, digest);
        if (!digest[..HashLength].SequenceEqual(file.Slice(HashStart, HashLength)))
        {
            return KeyFileDecryption.WrongKey;
        }

        Apply(key, file[KeyFile.HeaderLength..]);
        if (!HasCoins(file[KeyFile.HeaderLength..], BinaryPrimitives.ReadUInt16BigEndian(file[6..])))
        {
            return KeyFileDecryption.Unreadable;
        }

        file[KeyFile.EncryptionIndex] = 0;
        return KeyFileDecryption.Done;
    }

    // Split and shard of each coin are 0, and a denomination is -8 to 11.
    private static bool HasCoins(ReadOnlySpan<byte> coins, int count)
    {
        if (count == 0 || coins.Length % count != 0
            || (coins.Length / count is not Format9CoinLength and not (Format9CoinLength + CoinKeys.NumbersLength)))
        {
            return false;
        }

        for (var index = 0; index < count; index++)
        {
            var coin = coins[(index * (coins.Length / count))..];
            if (coin[0] != 0 || coin[1] != 0 || (sbyte)coin[2] is < -8 or > 11)
            {
                return false;
            }
        }

        return true;
    }

    private static void Apply(ReadOnlySpan<byte> key, Span<byte> data)
    {
        using var aes = Aes.Create();
        aes.SetKey(key);
        Span<byte> counter = stackalloc byte[BlockLength];
        Span<byte> stream = stackalloc byte[BlockLength];
        counter.Clear();
        for (var (start, number) = (0, 0UL); start < data.Length; start += BlockLength, number++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(counter[8..], number);
            aes.EncryptEcb(counter, stream, PaddingMode.None);
            var block = data[start..Math.Min(start + BlockLength, data.Length)];
            for (var index = 0; index < block.Length; index++)
            {
                block[index] ^= stream[index];
            }
        }

        CryptographicOperations.ZeroMemory(stream);
    }
}

/// <summary>The result of a decryption.</summary>
public enum KeyFileDecryption
{
    Done,

    /// <summary>The encryption type is unknown, or it needs a key of another length.</summary>
    WrongKeyLength,

    /// <summary>The hash of the key is not that of the file.</summary>
    WrongKey,

    /// <summary>The key is right, but the decrypted bytes are no coins. The program that wrote the file used another counter.</summary>
    Unreadable,
}
