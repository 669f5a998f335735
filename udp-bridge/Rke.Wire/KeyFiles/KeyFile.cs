using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Rke.Wire;

/// <summary>The format of a RAIDA key file (docs/WIRE.md §12). The first four are byte 0 of the file.</summary>
public enum KeyFileFormat : byte
{
    /// <summary>As format 9, and every coin also has 25 proposed authenticity numbers.</summary>
    Eight = 8,

    /// <summary>The file has the 25 authenticity numbers of every coin.</summary>
    Nine = 9,

    /// <summary>The file has a seed of 11 bytes for every coin. The authenticity numbers are derived from it.</summary>
    A = 10,

    /// <summary>The file has one seed of 11 bytes. The authenticity numbers of every coin are derived from it.</summary>
    B = 11,

    /// <summary>One coin of 448 bytes, with the authenticity numbers from byte 48.</summary>
    Zero = 64,

    /// <summary>One coin of 440 bytes, with the authenticity numbers from byte 40: the identity of a server.</summary>
    Identity = 65,

    /// <summary>DN, SN and authenticity numbers of one coin, 405 bytes.</summary>
    Binary = 66,

    /// <summary>DN, number of coins, and SN and authenticity numbers of each.</summary>
    Stack = 67,

    /// <summary>The 400 bytes of the authenticity numbers of one coin, alone or after a header of 32 bytes.</summary>
    Numbers = 68,

    /// <summary>25 lines with 32 hexadecimal digits each.</summary>
    Lines = 69,

    /// <summary>An object with <c>denomination</c>, <c>serial_number</c> and <c>ans</c>.</summary>
    Json = 70,
}

/// <summary>
/// A file with RAIDA keys ("coins") of one network (docs/WIRE.md §12). The header is followed by the coins.
/// <code>
/// header, 32 bytes       coin in format 9, 407 bytes    coin in format A, 21 bytes    coin in format B, 7 bytes
///  0  format: 8 to 11     0  split = 0                   0  split = 0                  0  split = 0
///  2  network (2)         1  shard = 0                   1  shard = 0                  1  shard = 0
///  5  encryption          2  DN                          2  DN                         2  DN
///  6  coin count (2)      3  SN (4)                      3  SN (4)                     3  SN (4)
///  8  hash of the key (7) 7  25 × AN (16)                7  seed (11)
/// 15  1: with PANs                                      18  reserved (3)
/// </code>
/// Format 8, and format 9 with PANs, have 25 × PAN (16) after the AN of each coin. In format B, the seed (11) follows the header.
/// </summary>
public sealed class KeyFile
{
    /// <summary>Length of the file header in bytes.</summary>
    public const int HeaderLength = 32;

    /// <summary>The maximum number of coins in a file. The count in the header has 16 bits.</summary>
    public const int MaxCoins = ushort.MaxValue;

    /// <summary>The maximum length of a file in bytes.</summary>
    public const int MaxLength = HeaderLength + (MaxCoins * Format8CoinLength);

    internal const int EncryptionIndex = 5;

    private const int StateIndex = 15;
    private const byte WithProposed = 1;
    private const int CoinHeaderLength = 7;
    private const int Format9CoinLength = CoinHeaderLength + CoinKeys.NumbersLength;
    private const int Format8CoinLength = Format9CoinLength + CoinKeys.NumbersLength;
    private const int FormatACoinLength = CoinHeaderLength + CoinSeed.Length + 3;

    internal KeyFile(KeyFileFormat format, ushort network, CoinKeys[] coins)
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

    /// <summary>
    /// Whether the file also has proposed authenticity numbers (PAN): a program wrote it while the servers changed the numbers. Some servers
    /// can have the PAN.
    /// </summary>
    public bool HasProposed { get; private init; }

    /// <summary>Reads a whole file of format 8, 9, A or B. The caller clears <paramref name="file"/> afterwards.</summary>
    public static bool TryRead(
        ReadOnlySpan<byte> file, [NotNullWhen(true)] out KeyFile? keyFile, out KeyFileError error) =>
        TryRead(file, usesProposed: false, out keyFile, out error);

    /// <summary>Reads a whole file of format 8, 9, A or B.</summary>
    /// <param name="file">The caller clears it afterwards.</param>
    /// <param name="usesProposed">Returns the PAN of a file that has them, instead of the AN.</param>
    /// <param name="keyFile">The file.</param>
    /// <param name="error">Why the file is rejected.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> file, bool usesProposed, [NotNullWhen(true)] out KeyFile? keyFile, out KeyFileError error)
    {
        keyFile = null;
        error = CheckHeader(file, out var start, out var coinLength);
        if (error != KeyFileError.None)
        {
            return false;
        }

        var hasProposed = coinLength == Format8CoinLength;
        var coins = new CoinKeys[BinaryPrimitives.ReadUInt16BigEndian(file[6..])];
        var seen = new HashSet<CoinId>(coins.Length);
        for (var index = 0; index < coins.Length; index++)
        {
            var coin = file.Slice(start + (index * coinLength), coinLength);
            error = CheckCoin(coin, seen, out var id);
            if (error != KeyFileError.None)
            {
                Dispose(coins.AsSpan(0, index));
                return false;
            }

            var secret = (KeyFileFormat)file[0] == KeyFileFormat.B ? file.Slice(HeaderLength, CoinSeed.Length)
                : coin[(hasProposed && usesProposed ? Format9CoinLength : CoinHeaderLength)..];
            coins[index] = ReadKeys((KeyFileFormat)file[0], id, secret);
        }

        keyFile = new((KeyFileFormat)file[0], BinaryPrimitives.ReadUInt16BigEndian(file[2..]), coins) { HasProposed = hasProposed };
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

    private static KeyFileError CheckHeader(ReadOnlySpan<byte> file, out int start, out int coinLength)
    {
        (start, coinLength) = (HeaderLength, 0);
        if (file.Length < HeaderLength)
        {
            return KeyFileError.TooShort;
        }

        var count = BinaryPrimitives.ReadUInt16BigEndian(file[6..]);
        switch ((KeyFileFormat)file[0])
        {
            case KeyFileFormat.Eight:
                coinLength = Format8CoinLength;
                break;
            case KeyFileFormat.Nine:
                // Older programs use byte 15 for other flags, so the size decides too.
                coinLength = file[StateIndex] == WithProposed && file.Length == HeaderLength + (count * Format8CoinLength)
                    ? Format8CoinLength
                    : Format9CoinLength;
                break;
            case KeyFileFormat.A:
                coinLength = FormatACoinLength;
                break;
            case KeyFileFormat.B:
                (start, coinLength) = (HeaderLength + CoinSeed.Length, CoinHeaderLength);
                break;
            default:
                return KeyFileError.FormatUnknown;
        }

        return file[EncryptionIndex] != 0 ? KeyFileError.Encrypted
            : count == 0 ? KeyFileError.NoCoins
            : file.Length < start || (file.Length - start) % coinLength != 0 ? KeyFileError.SizeWrong
            : (file.Length - start) / coinLength != count ? KeyFileError.CountWrong
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
        if (format is KeyFileFormat.Eight or KeyFileFormat.Nine)
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
