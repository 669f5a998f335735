using System.Globalization;

namespace Rke.Lookup.Memberships;

/// <summary>
/// Splits the text of a record into statements. A statement ends at <c>;</c>, <c>,</c>, a quote or the end of the line. It also ends
/// before a section, and before a known name that is followed by <c>=</c> or <c>:</c>, because spaces can separate statements.
/// </summary>
public static class MembershipStatement
{
    private const string LineEnds = ";,\"\r\n";

    private static readonly string[] Names =
        ["co", "sp", "st", "dn", "id", "cp", "sa", "srv_port", "srv_target", "anonymous"];

    /// <summary>Removes the next line from the text and trims it. Returns false at the end.</summary>
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

    /// <summary>Removes the next statement from the line and trims it. Returns false at the end.</summary>
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

    /// <summary>Splits <c>name = value</c> at the first <c>=</c> or <c>:</c>.</summary>
    public static bool TrySplit(
        ReadOnlySpan<char> statement, out ReadOnlySpan<char> name, out ReadOnlySpan<char> value)
    {
        var separator = statement.IndexOfAny('=', ':');
        name = separator < 0 ? default : statement[..separator].TrimEnd();
        value = separator < 0 ? default : statement[(separator + 1)..].TrimStart();
        return separator >= 0;
    }

    /// <summary>The number in a name such as <c>r17</c>. Null for other names.</summary>
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

            // Text after a separator is a value, such as [::1].
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
