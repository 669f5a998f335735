using System.Text;

namespace Rke.Gateway.Errors;

/// <summary>Shortens texts of errors that contain names from callers.</summary>
internal static class ErrorText
{
    private const string Ellipsis = "...";
    private const int EscapeLength = 3;

    /// <summary>The text, or its beginning and an ellipsis.</summary>
    /// <param name="maxSize">The maximum of <see cref="SentSize(string)"/>.</param>
    public static string Shorten(string text, int maxSize)
    {
        if (SentSize(text) <= maxSize)
        {
            return text;
        }

        var (size, length) = (Ellipsis.Length, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            size += SentSize(rune);
            if (size > maxSize)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return string.Concat(text.AsSpan(0, length), Ellipsis);
    }

    /// <summary>The size of a text in the trailer grpc-message, which escapes all bytes that are not printable ASCII.</summary>
    public static int SentSize(string text)
    {
        var size = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            size += SentSize(rune);
        }

        return size;
    }

    private static int SentSize(Rune rune) =>
        rune.Value is >= ' ' and <= '~' and not '%' ? 1 : EscapeLength * rune.Utf8SequenceLength;
}
