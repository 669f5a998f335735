using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace Rke.Wire;

/// <summary>
/// Reads key files of all formats in use (docs/WIRE.md §12): the formats with a header, and the formats of other programs. Most of those
/// have one coin and no header. The length, or the first character, then tells the format.
/// </summary>
public static class KeyFileImport
{
    /// <summary>The network of a file that names none.</summary>
    public const ushort DefaultNetwork = 6;

    private const int StackHeaderLength = 5;
    private const int StackCoinLength = 4 + CoinKeys.NumbersLength;
    private const int BinaryLength = StackHeaderLength + CoinKeys.NumbersLength;
    private const int ZeroLength = 448;
    private const int ZeroStart = 48;
    private const int IdentityLength = 440;
    private const int IdentityStart = 40;
    private const int NamedHeaderLength = 32;
    private const int NameLength = 14;
    private const int MaxTextLength = 64 << 10;

    /// <summary>Reads a whole file.</summary>
    /// <param name="name">The name of the file. The name of a QMail key has the coin.</param>
    /// <param name="file">The caller clears it afterwards.</param>
    /// <param name="hints">What the caller knows about the file.</param>
    /// <param name="keyFile">The coins. The caller disposes them.</param>
    /// <param name="error">Why the file is rejected.</param>
    public static bool TryRead(
        string name, ReadOnlySpan<byte> file, KeyFileHints hints, [NotNullWhen(true)] out KeyFile? keyFile, out KeyFileError error)
    {
        if (KeyFile.TryRead(file, hints.UsesProposed, out keyFile, out error))
        {
            return true;
        }

        if (error is KeyFileError.Encrypted or KeyFileError.CoinRepeated or KeyFileError.SplitOrShardWrong)
        {
            return false;
        }

        var headerError = error;
        if (TryReadOther(name, file, hints, out keyFile, out error))
        {
            return true;
        }

        // A damaged file with a header is reported as such.
        error = error == KeyFileError.FormatUnknown ? headerError : error;
        return false;
    }

    /// <summary>The coin that a file name of QMail has: network, DN and SN in 14 hexadecimal digits, and <c>.key</c>.</summary>
    public static bool TryReadName(string name, out ushort network, out CoinId id)
    {
        (network, id) = (0, default);
        if (name.Length != NameLength + 4 || !name.EndsWith(".key", StringComparison.OrdinalIgnoreCase)
            || !ulong.TryParse(name.AsSpan(0, NameLength), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var digits))
        {
            return false;
        }

        (network, id) = ((ushort)(digits >> 40), new((sbyte)(byte)(digits >> 32), (uint)digits));
        return true;
    }

    private static bool TryReadOther(
        string name, ReadOnlySpan<byte> file, KeyFileHints hints, [NotNullWhen(true)] out KeyFile? keyFile, out KeyFileError error)
    {
        keyFile = null;
        error = KeyFileError.FormatUnknown;
        var text = file.Trim(" \t\r\n"u8);
        if (!text.IsEmpty && text[0] == '{')
        {
            return TryReadJson(file, hints, out keyFile, out error);
        }

        if (text.Length >= 2 * AuthenticityNumber.Length && IsHex(text[..(2 * AuthenticityNumber.Length)]))
        {
            Span<byte> numbers = stackalloc byte[CoinKeys.NumbersLength];
            error = TryReadLines(text, numbers) ? KeyFileError.None : KeyFileError.TextWrong;
            var isRead = error == KeyFileError.None && TryMake(name, KeyFileFormat.Lines, numbers, hints, out keyFile, out error);
            CryptographicOperations.ZeroMemory(numbers);
            return isRead;
        }

        switch (file.Length)
        {
            case ZeroLength when file[0] == 0:
                return TryMake(name, KeyFileFormat.Zero, file[ZeroStart..], hints, out keyFile, out error);
            case IdentityLength:
                return TryMake(name, KeyFileFormat.Identity, file[IdentityStart..], hints, out keyFile, out error);
            case BinaryLength:
                keyFile = new(KeyFileFormat.Binary, NetworkOf(name, hints), [CoinKeys.Create(IdAt(file), file[StackHeaderLength..])]);
                error = KeyFileError.None;
                return true;
            case CoinKeys.NumbersLength:
                return TryMake(name, KeyFileFormat.Numbers, file, hints, out keyFile, out error);
            case NamedHeaderLength + CoinKeys.NumbersLength:
                return TryMake(name, KeyFileFormat.Numbers, file[NamedHeaderLength..], hints, out keyFile, out error);
            case > StackHeaderLength when (file.Length - StackHeaderLength) % StackCoinLength == 0:
                return TryReadStack(name, file, hints, out keyFile, out error);
            default:
                return false;
        }
    }

    private static bool TryReadStack(
        string name, ReadOnlySpan<byte> file, KeyFileHints hints, [NotNullWhen(true)] out KeyFile? keyFile, out KeyFileError error)
    {
        keyFile = null;
        error = KeyFileError.FormatUnknown;
        var count = (file.Length - StackHeaderLength) / StackCoinLength;
        if (BinaryPrimitives.ReadUInt32BigEndian(file[1..]) != count || count > KeyFile.MaxCoins)
        {
            return false;
        }

        var coins = new CoinKeys[count];
        var seen = new HashSet<CoinId>(count);
        for (var index = 0; index < count; index++)
        {
            var coin = file.Slice(StackHeaderLength + (index * StackCoinLength), StackCoinLength);
            var id = new CoinId((sbyte)file[0], BinaryPrimitives.ReadUInt32BigEndian(coin));
            if (!seen.Add(id))
            {
                foreach (var read in coins.AsSpan(0, index))
                {
                    read.Dispose();
                }

                error = KeyFileError.CoinRepeated;
                return false;
            }

            coins[index] = CoinKeys.Create(id, coin[4..]);
        }

        keyFile = new(KeyFileFormat.Stack, NetworkOf(name, hints), coins);
        error = KeyFileError.None;
        return true;
    }

    private static bool TryReadLines(ReadOnlySpan<byte> text, Span<byte> numbers)
    {
        var count = 0;
        foreach (var range in text.Split((byte)'\n'))
        {
            var line = text[range].Trim(" \t\r"u8);
            if (line.IsEmpty)
            {
                continue;
            }

            if (count == RaidaNetwork.ServerCount || !TryReadNumber(line, numbers.Slice(count * AuthenticityNumber.Length, AuthenticityNumber.Length)))
            {
                return false;
            }

            count++;
        }

        return count == RaidaNetwork.ServerCount;
    }

    private static bool TryReadJson(
        ReadOnlySpan<byte> file, KeyFileHints hints, [NotNullWhen(true)] out KeyFile? keyFile, out KeyFileError error)
    {
        keyFile = null;
        error = KeyFileError.TextWrong;
        if (file.Length > MaxTextLength)
        {
            return false;
        }

        var numbers = GC.AllocateUninitializedArray<byte>(CoinKeys.NumbersLength, pinned: true);
        try
        {
            var reader = new Utf8JsonReader(file);
            int? denomination = null;
            long? serial = null;
            var count = -1;
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("denomination"u8))
                {
                    denomination = reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var found) ? found : null;
                }
                else if (reader.ValueTextEquals("serial_number"u8))
                {
                    serial = reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var found) ? found : null;
                }
                else if (reader.ValueTextEquals("ans"u8))
                {
                    count = ReadNumbers(ref reader, numbers);
                }
                else
                {
                    reader.Skip();
                }
            }

            if (denomination is not (>= sbyte.MinValue and <= sbyte.MaxValue) || serial is not (>= 0 and <= uint.MaxValue)
                || count != RaidaNetwork.ServerCount)
            {
                return false;
            }

            var id = new CoinId((sbyte)denomination.Value, (uint)serial.Value);
            keyFile = new(KeyFileFormat.Json, hints.Network ?? DefaultNetwork, [CoinKeys.Create(id, numbers)]);
            error = KeyFileError.None;
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(numbers);
        }
    }

    // The number of authenticity numbers, or -1.
    private static int ReadNumbers(ref Utf8JsonReader reader, byte[] numbers)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
        {
            return -1;
        }

        for (var count = 0; reader.Read(); count++)
        {
            if (reader.TokenType == JsonTokenType.EndArray)
            {
                return count;
            }

            if (reader.TokenType != JsonTokenType.String || reader.HasValueSequence || count == RaidaNetwork.ServerCount
                || !TryReadNumber(reader.ValueSpan, numbers.AsSpan(count * AuthenticityNumber.Length, AuthenticityNumber.Length)))
            {
                return -1;
            }
        }

        return -1;
    }

    private static bool TryReadNumber(ReadOnlySpan<byte> digits, Span<byte> number) =>
        digits.Length == 2 * AuthenticityNumber.Length
        && Convert.FromHexString(digits, number, out _, out _) == System.Buffers.OperationStatus.Done;

    private static bool IsHex(ReadOnlySpan<byte> text)
    {
        foreach (var letter in text)
        {
            if (!char.IsAsciiHexDigit((char)letter))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryMake(
        string name,
        KeyFileFormat format,
        ReadOnlySpan<byte> numbers,
        KeyFileHints hints,
        [NotNullWhen(true)] out KeyFile? keyFile,
        out KeyFileError error)
    {
        var isNamed = TryReadName(name, out _, out var named);
        if (hints.Coin is null && !isNamed)
        {
            (keyFile, error) = (null, KeyFileError.CoinUnnamed);
            return false;
        }

        keyFile = new(format, NetworkOf(name, hints), [CoinKeys.Create(hints.Coin ?? named, numbers)]);
        error = KeyFileError.None;
        return true;
    }

    private static ushort NetworkOf(string name, KeyFileHints hints) =>
        hints.Network ?? (TryReadName(name, out var network, out _) ? network : DefaultNetwork);

    private static CoinId IdAt(ReadOnlySpan<byte> bytes) => new((sbyte)bytes[0], BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]));
}

/// <summary>What the caller knows about a file that does not say it.</summary>
/// <param name="Network">The network of a file without a header. Null takes that of the file name, or <see cref="KeyFileImport.DefaultNetwork"/>.</param>
/// <param name="Coin">The coin of a file with the numbers of one coin. Null takes that of the file name.</param>
/// <param name="UsesProposed">Returns the PAN of a file that has them.</param>
public readonly record struct KeyFileHints(ushort? Network = null, CoinId? Coin = null, bool UsesProposed = false);
