namespace Rke.Gateway.Sessions.Initiating;

/// <summary>Cuts a key into parts of the lengths that key servers take.</summary>
internal static class KeyCut
{
    /// <summary>
    /// The usual cut: into four parts, or into as few more as it takes. Null where 16 parts cannot make up the length.
    /// </summary>
    public static IReadOnlyList<int>? Usual(int length) => Enumerable
        .Range(SessionKey.UsualParts, SessionKey.MostParts - SessionKey.UsualParts + 1)
        .Select(count => Even(length, count))
        .FirstOrDefault(cut => cut is not null);

    /// <summary>
    /// Parts as even as possible, shorter ones first; null where that many parts cannot make up the length.
    /// </summary>
    public static IReadOnlyList<int>? Even(int length, int count)
    {
        var units = length / SessionKey.Unit;
        if (length % SessionKey.Unit != 0 || units < count)
        {
            return null;
        }

        // least[n, u]: the least sum of squares of n parts that make up u units, and the last of these parts.
        var least = new (int Squares, int Last)?[count + 1, units + 1];
        least[0, 0] = (0, 0);
        for (var parts = 1; parts <= count; parts++)
        {
            for (var sum = 1; sum <= units; sum++)
            {
                least[parts, sum] = SessionKey.PartLengths
                    .Select(part => part / SessionKey.Unit)
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
            cut.Add(last * SessionKey.Unit);
            sum -= last;
        }

        cut.Sort();
        return cut;
    }
}
