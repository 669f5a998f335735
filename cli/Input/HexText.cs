namespace Rke.Cli;

/// <summary>Converts hexadecimal text. White space and colons between the digits are ignored.</summary>
internal static class HexText
{
    public static bool TryParse(string text, out byte[] bytes)
    {
        var digits = string.Concat(text.Where(letter => !char.IsWhiteSpace(letter) && letter != ':'));
        var isHex = digits.Length % 2 == 0 && digits.All(char.IsAsciiHexDigit);
        bytes = isHex ? Convert.FromHexString(digits) : [];
        return isHex;
    }

    public static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}

/// <summary>The bytes of an option. The text is redacted, because the bytes can be a key part.</summary>
internal sealed class HexValue(byte[] bytes)
{
    public byte[] Bytes { get; } = bytes;

    public override string ToString() => "(hex)";
}
