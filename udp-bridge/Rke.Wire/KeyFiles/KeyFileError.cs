namespace Rke.Wire;

/// <summary>Why a RAIDA key file was refused; <see cref="KeyFileErrors.Describe"/> makes a sentence of it.</summary>
public enum KeyFileError
{
    None,

    /// <summary>Not even a file header.</summary>
    TooShort,

    /// <summary>Byte 0 is neither 9 nor 10.</summary>
    FormatUnknown,

    /// <summary>Byte 5 is not 0.</summary>
    Encrypted,

    /// <summary>Bytes 6-7 promise no coin.</summary>
    NoCoins,

    /// <summary>The size is not the header's and a whole number of coins'.</summary>
    SizeWrong,

    /// <summary>Bytes 6-7 promise another number of coins than the file holds.</summary>
    CountWrong,

    /// <summary>A coin's split or shard is not 0.</summary>
    SplitOrShardWrong,

    /// <summary>The same denomination and serial number twice.</summary>
    CoinRepeated,
}
