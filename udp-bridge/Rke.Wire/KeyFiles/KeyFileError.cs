namespace Rke.Wire;

/// <summary>Why a RAIDA key file was rejected. <see cref="KeyFileErrors.Describe"/> gives the error text.</summary>
public enum KeyFileError
{
    None,

    /// <summary>The file is shorter than the file header.</summary>
    TooShort,

    /// <summary>Byte 0 is not 8, 9, 10 or 11, and the file has no other known format.</summary>
    FormatUnknown,

    /// <summary>Byte 5 is not 0.</summary>
    Encrypted,

    /// <summary>The coin count in bytes 6-7 is 0.</summary>
    NoCoins,

    /// <summary>The size is not 32 bytes plus a whole number of coins.</summary>
    SizeWrong,

    /// <summary>The coin count in bytes 6-7 is not the number of coins in the file.</summary>
    CountWrong,

    /// <summary>The split or the shard of a coin is not 0.</summary>
    SplitOrShardWrong,

    /// <summary>Two coins have the same denomination and serial number.</summary>
    CoinRepeated,

    /// <summary>The file does not say which coin it has.</summary>
    CoinUnnamed,

    /// <summary>The text or the JSON is not that of a coin.</summary>
    TextWrong,
}

/// <summary>The error texts for <see cref="KeyFileError"/>.</summary>
public static class KeyFileErrors
{
    /// <summary>What is wrong with a file, and what to do. The text contains no secrets.</summary>
    public static string Describe(this KeyFileError error, string fileName) => error switch
    {
        KeyFileError.None => $"'{fileName}' is a RAIDA key file.",
        KeyFileError.TooShort =>
            $"'{fileName}' is shorter than the 32-byte header of a RAIDA key file. Copy the file again.",
        KeyFileError.FormatUnknown =>
            $"'{fileName}' is not a RAIDA key file of a known format. The first byte of formats 8, 9, A and B is 08, 09, 0A or 0B.",
        KeyFileError.Encrypted =>
            $"'{fileName}' is encrypted: byte 5 is not 00. Decrypt the file, for example with 'rkectl keys import --file-key'.",
        KeyFileError.NoCoins =>
            $"'{fileName}' has no coins: the count in bytes 6-7 is 0. Use another file.",
        KeyFileError.SizeWrong =>
            $"'{fileName}' has a wrong size. The size must be 32 bytes plus 807 (format 8, or 9 with proposed numbers), 407 (format 9) or "
            + "21 (format A) bytes for each coin, or 43 bytes plus 7 bytes for each coin (format B). Copy the file again.",
        KeyFileError.CountWrong =>
            $"'{fileName}' has a wrong number of coins: it differs from the count in bytes 6-7. Copy the file again.",
        KeyFileError.SplitOrShardWrong =>
            $"'{fileName}' has a coin with a split or shard other than 00, which is not supported. Use another file.",
        KeyFileError.CoinRepeated =>
            $"'{fileName}' has two coins with the same denomination and serial number. Remove one of them.",
        KeyFileError.CoinUnnamed =>
            $"'{fileName}' does not say which coin it has. Import it with 'rkectl keys import --coin DN/SN', or give it a name such as "
            + "000601000003E8.key: network, DN and SN in hexadecimal digits.",
        KeyFileError.TextWrong =>
            $"'{fileName}' is text, but neither 25 lines of 32 hexadecimal digits nor JSON with denomination, serial_number and 25 ans. "
            + "Copy the file again.",
        _ => throw new ArgumentOutOfRangeException(nameof(error)),
    };
}
