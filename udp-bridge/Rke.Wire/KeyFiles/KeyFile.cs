using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Rke.Wire;

/// <summary>
/// A file of RAIDA keys ("coins") of one network (docs/WIRE.md §12).
/// <code>
/// header, 32 bytes:            0 format (9, 10) | 2-3 network | 5 encryption type 0 | 6-7 count of coins | rest not needed
/// format 9, a coin 407 bytes:  split 0 | shard 0 | DN | SN (4) | 25 × AN (16)
/// format A, a coin 21 bytes:   split 0 | shard 0 | DN | SN (4) | seed (11) | reserved (3)
/// </code>
/// </summary>
public sealed class KeyFile
{
    /// <summary>Length of the file header in bytes.</summary>
    public const int HeaderLength = 32;

    /// <summary>A file's count of coins has 16 bits.</summary>
    public const int MaxCoins = ushort.MaxValue;

    /// <summary>The longest file there can be, for whoever must bound what is read.</summary>
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

    /// <summary>How the file stores the numbers.</summary>
    public KeyFileFormat Format { get; }

    /// <summary>The network (coin id) whose servers share the keys.</summary>
    public ushort Network { get; }

    /// <summary>At least one, each once. Whoever keeps them disposes them.</summary>
    public IReadOnlyList<CoinKeys> Coins { get; }

    /// <summary>Reads a whole file. Whoever gave the bytes clears them when done.</summary>
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

    /// <summary>Makes a file of format 9. Whoever gets the bytes clears them when written.</summary>
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

    /// <summary>Makes a file of format A. Whoever gets the bytes clears them when written.</summary>
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
