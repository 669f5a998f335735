using System.Globalization;

namespace Rke.Gateway.Lookup;

/// <summary>
/// Cuts a record's text into statements. A statement ends at <c>;</c>, <c>,</c>, a quote or the end of a line; and
/// where a section begins, or a name that the records use is followed by <c>=</c> or <c>:</c>, since several may stand
/// in one line with nothing but a space between them.
/// </summary>
internal static class MembershipStatement
{
    private const string LineEnds = ";,\"\r\n";

    private static readonly string[] Names =
        ["co", "sp", "st", "dn", "id", "cp", "sa", "srv_port", "srv_target", "anonymous"];

    /// <summary>Takes the next line off the text, trimmed; false at the end.</summary>
    public static bool TryTakeLine(ref ReadOnlySpan<char> text, out ReadOnlySpan<char> line)
    {
        if (text.IsEmpty)
        {
            line = default;
            return false;
        }

        var end = text.IndexOfAny(LineEnds);
        line = (end < 0 ? text : text[..end]).Trim();
        text = end < 0 ? default : text[(end + 1)..];
        return true;
    }

    /// <summary>Takes the next statement off the line, trimmed; false at the end.</summary>
    public static bool TryTake(ref ReadOnlySpan<char> line, out ReadOnlySpan<char> statement)
    {
        line = line.TrimStart();
        if (line.IsEmpty)
        {
            statement = default;
            return false;
        }

        var end = line[0] == '[' ? line.IndexOf(']') + 1 : FindNext(line);
        end = end <= 0 ? line.Length : end;
        statement = line[..end].TrimEnd();
        line = line[end..];
        return true;
    }

    /// <summary>Splits <c>name = value</c>, at <c>=</c> or <c>:</c>, whichever comes first.</summary>
    public static bool TrySplit(
        ReadOnlySpan<char> statement, out ReadOnlySpan<char> name, out ReadOnlySpan<char> value)
    {
        var separator = statement.IndexOfAny('=', ':');
        name = separator < 0 ? default : statement[..separator].TrimEnd();
        value = separator < 0 ? default : statement[(separator + 1)..].TrimStart();
        return separator >= 0;
    }

    /// <summary>The number of a <c>r17</c>, or null.</summary>
    public static byte? TryReadServer(ReadOnlySpan<char> name) =>
        name is ['r' or 'R', .. var digits] && byte.TryParse(
            digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    private static int FindNext(ReadOnlySpan<char> line)
    {
        var last = line[0];
        for (var index = 1; index < line.Length; index++)
        {
            var character = line[index];
            if (char.IsWhiteSpace(character))
            {
                continue;
            }

            // What follows a separator is its value, such as [::1].
            var isValue = last is '=' or ':';
            var isWordStart = char.IsWhiteSpace(line[index - 1]);
            if (!isValue && (character == '[' || (isWordStart && StartsWithName(line[index..]))))
            {
                return index;
            }

            last = character;
        }

        return line.Length;
    }

    private static bool StartsWithName(ReadOnlySpan<char> text)
    {
        const int longest = 10;
        var window = text[..Math.Min(text.Length, longest + 1)];
        var wordEnd = window.IndexOfAny("=: \t");
        if (wordEnd <= 0)
        {
            return false;
        }

        var afterWord = text[wordEnd..].TrimStart();
        if (afterWord is not ['=' or ':', ..])
        {
            return false;
        }

        var word = window[..wordEnd];
        if (TryReadServer(word) is not null)
        {
            return true;
        }

        foreach (var name in Names)
        {
            if (word.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
