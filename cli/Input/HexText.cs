namespace Rke.Cli;

/// <summary>Bytes written as hexadecimal digits; spaces, line ends and colons between them do not count.</summary>
internal static class HexText
{
    public static bool TryParse(string text, out byte[] bytes)
    {
        var digits = string.Concat(text.Where(letter => !char.IsWhiteSpace(letter) && letter != ':'));
        var right = digits.Length % 2 == 0 && digits.All(char.IsAsciiHexDigit);
        bytes = right ? Convert.FromHexString(digits) : [];
        return right;
    }

    public static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}
