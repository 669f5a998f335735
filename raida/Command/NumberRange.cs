using System.Globalization;
using Rke.Wire;

namespace Rke.Raida.Command;

/// <summary>RAIDA ids on the command line: <c>14</c>, <c>0-24</c>, <c>0,3,5-7</c>.</summary>
internal static class NumberRange
{
    public static bool TryParse(string text, out byte[] numbers)
    {
        var found = new SortedSet<byte>();
        numbers = [];
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-', 2);
            if (!TryParseNumber(ends[0], out var first) || !TryParseNumber(ends[^1], out var last) || first > last)
            {
                return false;
            }

            for (var number = first; number <= last; number++)
            {
                found.Add(number);
            }
        }

        numbers = [.. found];
        return true;
    }

    private static bool TryParseNumber(string text, out byte number) =>
        byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
        && number < CoinKeys.ServerCount;
}
