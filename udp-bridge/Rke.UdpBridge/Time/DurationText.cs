using System.Buffers;
using System.Globalization;

namespace Rke.UdpBridge;

/// <summary>
/// Reads times of settings and options: numbers with units (<c>500ms</c>, <c>5s</c>, <c>1.5m</c>, <c>1h30m</c>, <c>7d</c>), or
/// <c>hh:mm:ss</c> with optional days and fractions.
/// </summary>
public static class DurationText
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    // The longest unit first, and each at most once.
    private static readonly (string Name, TimeSpan Length)[] Units =
    [
        ("d", TimeSpan.FromDays(1)),
        ("h", TimeSpan.FromHours(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("s", TimeSpan.FromSeconds(1)),
        ("ms", TimeSpan.FromMilliseconds(1)),
    ];

    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan time)
    {
        if (text.Contains(':'))
        {
            return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out time);
        }

        time = TimeSpan.Zero;
        var isAny = false;
        foreach (var unit in Units)
        {
            var digits = text[..LengthOfNumber(text)];
            var rest = text[digits.Length..];
            if (digits.IsEmpty || !rest[..LengthOfWord(rest)].SequenceEqual(unit.Name))
            {
                continue;
            }

            if (!double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                || number * unit.Length.TotalDays > TimeSpan.MaxValue.TotalDays / Units.Length)
            {
                return false;
            }

            time += number * unit.Length;
            text = rest[unit.Name.Length..];
            isAny = true;
        }

        return isAny && text.IsEmpty;
    }

    private static int LengthOfNumber(ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAnyExcept(Digits);
        return end < 0 ? text.Length : end;
    }

    private static int LengthOfWord(ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAny(Digits);
        return end < 0 ? text.Length : end;
    }
}
