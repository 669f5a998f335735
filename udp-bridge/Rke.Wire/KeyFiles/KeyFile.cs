using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Rke.Wire;

/// <summary>The format of a RAIDA key file: byte 0 of the file (docs/WIRE.md §12).</summary>
public enum KeyFileFormat : byte
{
    /// <summary>The file has the 25 authenticity numbers of every coin.</summary>
    Nine = 9,

    /// <summary>The file has a seed of 11 bytes for every coin. The authenticity numbers are derived from it.</summary>
    A = 10,
}

/// <summary>
/// A file with RAIDA keys ("coins") of one network (docs/WIRE.md §12). The header is followed by the coins.
/// <code>
/// header, 32 bytes    coin in format 9, 407 bytes    coin in format A, 21 bytes
///  0  format: 9, 10    0  split = 0                   0  split = 0
///  2  network (2)      1  shard = 0                   1  shard = 0
///  5  encryption = 0   2  DN                          2  DN
///  6  coin count (2)   3  SN (4)                      3  SN (4)
///                      7  25 × AN (16)                7  seed (11)
///                                                    18  reserved (3)
/// </code>
/// </summary>
public sealed class KeyFile
{
    /// <summary>Length of the file header in bytes.</summary>
    public const int HeaderLength = 32;

    /// <summary>The maximum number of coins in a file. The count in the header has 16 bits.</summary>
    public const int MaxCoins = ushort.MaxValue;

    /// <summary>The maximum length of a file in bytes.</summary>
    public const int MaxLength = HeaderLength + (MaxCoins * Format9CoinLength);

    private const int CoinHeaderLength = 7;
    private const int Format9CoinLength = CoinHeaderLength + CoinKeys.NumbersLength;
    private const int FormatACoinLength = CoinHeaderLength + CoinSeed.Length + 3;

    private KeyFile(KeyFileFormat format, ushort network, CoinKeys[] coins)
    {
        Format = format;
        Network = network;
        Coins = coins;
    }

    /// <summary>The format of the authenticity numbers in the file.</summary>
    public KeyFileFormat Format { get; }

    /// <summary>The coin id of the network.</summary>
    public ushort Network { get; }

    /// <summary>At least one coin, without duplicates. The caller disposes them.</summary>
    public IReadOnlyList<CoinKeys> Coins { get; }

    /// <summary>Reads a whole file. The caller clears <paramref name="file"/> afterwards.</summary>
    public static bool TryRead(
        ReadOnlySpan<byte> file, [NotNullWhen(true)] out KeyFile? keyFile, out KeyFileError error)
    {
        keyFile = null;
        error = CheckHeader(file, out var coinLength);
        if (error != KeyFileError.None)
        {
            return false;
        }

        var coins = new CoinKeys[BinaryPrimitives.ReadUInt16BigEndian(file[6..])];
        var seen = new HashSet<CoinId>(coins.Length);
        for (var index = 0; index < coins.Length; index++)
        {
            var coin = file.Slice(HeaderLength + (index * coinLength), coinLength);
            error = CheckCoin(coin, seen, out var id);
            if (error != KeyFileError.None)
            {
                Dispose(coins.AsSpan(0, index));
                return false;
            }

            coins[index] = ReadKeys((KeyFileFormat)file[0], id, coin[CoinHeaderLength..]);
        }

        keyFile = new((KeyFileFormat)file[0], BinaryPrimitives.ReadUInt16BigEndian(file[2..]), coins);
        return true;
    }

    /// <summary>Makes a file of format 9. The caller clears the bytes afterwards.</summary>
    public static byte[] WriteFormat9(ushort network, IReadOnlyList<CoinKeys> coins)
    {
        var file = WriteHeader(KeyFileFormat.Nine, network, coins.Count, Format9CoinLength);
        for (var index = 0; index < coins.Count; index++)
        {
            var coin = file.AsSpan(HeaderLength + (index * Format9CoinLength), Format9CoinLength);
            WriteId(coins[index].Id, coin);
            coins[index].CopyTo(coin[CoinHeaderLength..]);
        }

        return file;
    }

    /// <summary>Makes a file of format A. The caller clears the bytes afterwards.</summary>
    public static byte[] WriteFormatA(ushort network, IReadOnlyList<CoinSeed> coins)
    {
        var file = WriteHeader(KeyFileFormat.A, network, coins.Count, FormatACoinLength);
        for (var index = 0; index < coins.Count; index++)
        {
            var coin = file.AsSpan(HeaderLength + (index * FormatACoinLength), FormatACoinLength);
            WriteId(coins[index].Id, coin);
            coins[index].CopyTo(coin[CoinHeaderLength..]);
        }

        return file;
    }

    /// <inheritdoc/>
    public override string ToString() => $"KeyFile(network {Network}, {Coins.Count} coins)";

    private static KeyFileError CheckHeader(ReadOnlySpan<byte> file, out int coinLength)
    {
        coinLength = 0;
        if (file.Length < HeaderLength)
        {
            return KeyFileError.TooShort;
        }

        coinLength = (KeyFileFormat)file[0] switch
        {
            KeyFileFormat.Nine => Format9CoinLength,
            KeyFileFormat.A => FormatACoinLength,
            _ => 0,
        };
        var count = BinaryPrimitives.ReadUInt16BigEndian(file[6..]);
        return coinLength == 0 ? KeyFileError.FormatUnknown
            : file[5] != 0 ? KeyFileError.Encrypted
            : count == 0 ? KeyFileError.NoCoins
            : (file.Length - HeaderLength) % coinLength != 0 ? KeyFileError.SizeWrong
            : (file.Length - HeaderLength) / coinLength != count ? KeyFileError.CountWrong
            : KeyFileError.None;
    }

    private static KeyFileError CheckCoin(ReadOnlySpan<byte> coin, HashSet<CoinId> seen, out CoinId id)
    {
        id = new((sbyte)coin[2], BinaryPrimitives.ReadUInt32BigEndian(coin[3..]));
        return coin[0] != 0 || coin[1] != 0 ? KeyFileError.SplitOrShardWrong
            : !seen.Add(id) ? KeyFileError.CoinRepeated
            : KeyFileError.None;
    }

    private static CoinKeys ReadKeys(KeyFileFormat format, CoinId id, ReadOnlySpan<byte> secret)
    {
        if (format == KeyFileFormat.Nine)
        {
            return CoinKeys.Create(id, secret);
        }

        using var seed = CoinSeed.Create(id, secret);
        return seed.Derive();
    }

    private static byte[] WriteHeader(KeyFileFormat format, ushort network, int coins, int coinLength)
    {
        ArgumentOutOfRangeException.ThrowIfZero(coins);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(coins, MaxCoins);
        var file = new byte[HeaderLength + (coins * coinLength)];
        file[0] = (byte)format;
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(2), network);
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(6), (ushort)coins);
        return file;
    }

    private static void WriteId(CoinId id, Span<byte> coin)
    {
        coin[2] = (byte)id.Denomination;
        BinaryPrimitives.WriteUInt32BigEndian(coin[3..], id.SerialNumber);
    }

    private static void Dispose(ReadOnlySpan<CoinKeys> coins)
    {
        foreach (var coin in coins)
        {
            coin.Dispose();
        }
    }
}
