using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Rke.Cli.Tests;

/// <summary>
/// The rows that a terminal shows after some output. It supports only the control sequences that rkectl uses.
/// </summary>
internal sealed partial class Screen
{
    private readonly List<StringBuilder> _rows = [new()];
    private int _row;
    private int _column;

    private Screen()
    {
    }

    /// <summary>The rows, without spaces at the end.</summary>
    public string[] Rows => [.. _rows.Select(row => row.ToString().TrimEnd())];

    /// <summary>The number of times that the cursor moved up for a redraw.</summary>
    public int Redraws { get; private set; }

    public static Screen Show(string output)
    {
        var screen = new Screen();
        foreach (Match match in Token().Matches(output))
        {
            if (match.Groups["command"].Success)
            {
                screen.Control(match.Groups["command"].Value, match.Groups["number"].Value);
            }
            else
            {
                screen.Write(match.Value[0]);
            }
        }

        return screen;
    }

    private void Control(string command, string number)
    {
        switch (command)
        {
            case "A":
                _row -= int.Parse(number, CultureInfo.InvariantCulture);
                Redraws++;
                Assert.InRange(_row, 0, _rows.Count);
                break;
            case "K":
                _rows[_row].Clear();
                break;
            case "m" or "l" or "h" or "=" or ">":
                // Colours, and modes of the cursor and the keypad.
                break;
            default:
                Assert.Fail($"Unexpected control sequence {command}.");
                break;
        }
    }

    private void Write(char letter)
    {
        switch (letter)
        {
            case '\r':
                _column = 0;
                break;
            case '\n':
                _column = 0;
                _row++;
                if (_row == _rows.Count)
                {
                    _rows.Add(new());
                }

                break;
            default:
                Assert.False(char.IsControl(letter), $"Control character {(int)letter:x2}.");
                var row = _rows[_row];
                row.Append(' ', Math.Max(0, _column + 1 - row.Length));
                row[_column++] = letter;
                break;
        }
    }

    [GeneratedRegex(@"\e(\[\??(?<number>[0-9;]*))?(?<command>[A-Za-z=>])|[\s\S]", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Token();
}
