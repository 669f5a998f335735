namespace Rke.Wire;

/// <summary>Sentences for <see cref="KeyFileError"/>.</summary>
public static class KeyFileErrors
{
    /// <summary>What is wrong with a file and what to do. Never says anything of its content.</summary>
    public static string Describe(this KeyFileError error, string fileName) => error switch
    {
        KeyFileError.None => $"'{fileName}' is a RAIDA key file.",
        KeyFileError.TooShort =>
            $"'{fileName}' is shorter than the 32-byte header of a RAIDA key file; copy the file again.",
        KeyFileError.FormatUnknown =>
            $"'{fileName}' is no RAIDA key file of format 9 or A: its first byte must be 09 or 0A.",
        KeyFileError.Encrypted =>
            $"'{fileName}' is encrypted (its byte 5 is not 00); decrypt it first.",
        KeyFileError.NoCoins =>
            $"'{fileName}' holds no coin: the count in its bytes 6-7 is 0.",
        KeyFileError.SizeWrong =>
            $"'{fileName}' has a wrong size: it must be 32 bytes and 407 (format 9) or 21 (format A) more for every coin; "
            + "copy the file again.",
        KeyFileError.CountWrong =>
            $"'{fileName}' holds another number of coins than the count in its bytes 6-7 says; copy the file again.",
        KeyFileError.SplitOrShardWrong =>
            $"'{fileName}' holds a coin whose split or shard is not 00; such coins are not supported.",
        KeyFileError.CoinRepeated =>
            $"'{fileName}' holds the same denomination and serial number twice; keep one of the two.",
        _ => throw new ArgumentOutOfRangeException(nameof(error)),
    };
}
