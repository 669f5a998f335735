using System.Globalization;
using System.Text;

namespace Rke.Lookup.Memberships;

/// <summary>
/// Collects invalid lines and conflicts for reports. The number and the length of the lines are limited, and they contain only
/// printable ASCII, because the text is untrusted and is shown in terminals and logs.
/// </summary>
public sealed class ReportedLines
{
    public const int MaxLines = 20;
    public const int MaxLength = 120;

    private readonly List<string> _lines = [];
    private int _omitted;

    public void Add(ReadOnlySpan<char> line)
    {
        if (_lines.Count == MaxLines)
        {
            _omitted++;
            return;
        }

        _lines.Add(Escape(line));
    }

    /// <summary>The lines, and a last line with the number of omitted lines, if there are any.</summary>
    public IReadOnlyList<string> ToList() =>
        _omitted == 0 ? [.. _lines] : [.. _lines, string.Create(CultureInfo.InvariantCulture, $"({_omitted} more)")];

    private static string Escape(ReadOnlySpan<char> line)
    {
        var text = new StringBuilder();
        foreach (var character in line)
        {
            var length = text.Length;
            if (character is '\\')
            {
                text.Append(@"\\");
            }
            else if (character is >= ' ' and <= '~')
            {
                text.Append(character);
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}");
            }

            if (text.Length > MaxLength)
            {
                text.Length = Math.Min(length, MaxLength - 3);
                text.Append("...");
                break;
            }
        }

        return text.ToString();
    }
}
