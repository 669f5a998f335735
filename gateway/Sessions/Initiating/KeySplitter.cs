namespace Rke.Gateway.Sessions.Initiating;

/// <summary>Splits a key into parts of the lengths that key servers accept.</summary>
internal static class KeySplitter
{
    /// <summary>
    /// Splits into four parts, or into the smallest possible larger number. Null if no split into at most 16 parts exists.
    /// </summary>
    public static IReadOnlyList<int>? SplitByDefault(int length) => Enumerable
        .Range(SessionKey.DefaultParts, SessionKey.MaxParts - SessionKey.DefaultParts + 1)
        .Select(count => SplitEvenly(length, count))
        .FirstOrDefault(cut => cut is not null);

    /// <summary>
    /// Splits into parts of lengths that are as equal as possible, shorter parts first. Null if no split into this number of
    /// parts exists.
    /// </summary>
    public static IReadOnlyList<int>? SplitEvenly(int length, int count)
    {
        var units = length / SessionKey.LengthUnit;
        if (length % SessionKey.LengthUnit != 0 || units < count)
        {
            return null;
        }

        // least[n, u]: the minimal sum of squares of n parts with u units in total, and the last of these parts.
        var least = new (int Squares, int Last)?[count + 1, units + 1];
        least[0, 0] = (0, 0);
        for (var parts = 1; parts <= count; parts++)
        {
            for (var sum = 1; sum <= units; sum++)
            {
                least[parts, sum] = SessionKey.PartLengths
                    .Select(part => part / SessionKey.LengthUnit)
                    .Where(part => part <= sum && least[parts - 1, sum - part] is not null)
                    .Select(part => ((int, int)?)(least[parts - 1, sum - part]!.Value.Squares + (part * part), part))
                    .Min();
            }
        }

        if (least[count, units] is null)
        {
            return null;
        }

        var cut = new List<int>(count);
        for (var (parts, sum) = (count, units); parts > 0; parts--)
        {
            var last = least[parts, sum]!.Value.Last;
            cut.Add(last * SessionKey.LengthUnit);
            sum -= last;
        }

        cut.Sort();
        return cut;
    }
}
