using System.Globalization;
using System.Text;

namespace Rke.Gateway.Lookup;

/// <summary>
/// Collects what of records could not be read, or does not agree, for people to see: few lines, short, and only
/// printable ASCII, since the text is a stranger's and ends up in terminals and logs.
/// </summary>
internal sealed class ReportedLines
{
    public const int MaximumLines = 20;
    public const int MaximumLength = 120;

    private readonly List<string> _lines = [];
    private int _omitted;

    public void Add(ReadOnlySpan<char> line)
    {
        if (_lines.Count == MaximumLines)
        {
            _omitted++;
            return;
        }

        _lines.Add(Escape(line));
    }

    /// <summary>The lines, and one more that says how many were left out, if any.</summary>
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

            if (text.Length > MaximumLength)
            {
                text.Length = Math.Min(length, MaximumLength - 3);
                text.Append("...");
                break;
            }
        }

        return text.ToString();
    }
}
