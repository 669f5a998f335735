using System.Globalization;
using Spectre.Console;

namespace Rke.Cli;

/// <summary>Text from outside on its way to a terminal. It is never markup.</summary>
internal static class PlainText
{
    /// <summary>Without characters that command a terminal, or that change the order in which text is shown.</summary>
    public static string Of(string text) => string.Concat(text.Select(letter => IsHarmless(letter) ? letter : '\uFFFD'));

    /// <inheritdoc cref="Of"/>
    public static Text Styled(string text, Style? style = null) => new(Of(text), style);

    private static bool IsHarmless(char letter) => char.GetUnicodeCategory(letter) is not (
        UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
