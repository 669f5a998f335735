using System.Globalization;
using Spectre.Console;

namespace Rke.Cli;

/// <summary>Makes text from outside safe for a terminal. The text is not interpreted as markup.</summary>
internal static class SafeText
{
    /// <summary>Replaces characters that control a terminal, or that change the order in which text is shown.</summary>
    public static string Of(string text) => string.Concat(text.Select(letter => IsHarmless(letter) ? letter : '\uFFFD'));

    /// <inheritdoc cref="Of"/>
    public static Text Styled(string text, Style? style = null) => new(Of(text), style);

    private static bool IsHarmless(char letter) => char.GetUnicodeCategory(letter) is not (
        UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
