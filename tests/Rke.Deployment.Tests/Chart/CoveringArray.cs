namespace Rke.Deployment.Tests.Chart;

/// <summary>
/// Rows of positions in which any three switches together take all their positions: what goes wrong goes wrong by the
/// interplay of few. All rows would be more than 10^9.
/// </summary>
internal static class CoveringArray
{
    private const int Strength = 3;
    private const int Candidates = 24;

    public static IReadOnlyList<int[]> Make(IReadOnlyList<int> counts)
    {
        var missing = AllTuples(counts);
        var rows = new List<int[]> { new int[counts.Count] };
        missing.ExceptWith(TuplesOf(rows[0]));
        var random = new Random(1);
        while (missing.Count > 0)
        {
            var row = Enumerable.Range(0, Candidates)
                .Select(_ => Candidate(counts, missing, random))
                .MaxBy(candidate => TuplesOf(candidate).Count(missing.Contains))!;
            missing.ExceptWith(TuplesOf(row));
            rows.Add(row);
        }

        return rows;
    }

    /// <summary>Three switches and their positions as one number.</summary>
    private static long Key((int Switch, int Position) a, (int Switch, int Position) b, (int Switch, int Position) c) =>
        ((((((((((long)a.Switch << 8) | (long)a.Position) << 8) | (long)b.Switch) << 8) | (long)b.Position) << 8)
            | (long)c.Switch) << 8) | (long)c.Position;

    private static IEnumerable<long> TuplesOf(int[] row)
    {
        for (var a = 0; a < row.Length; a++)
        {
            for (var b = a + 1; b < row.Length; b++)
            {
                for (var c = b + 1; c < row.Length; c++)
                {
                    yield return Key((a, row[a]), (b, row[b]), (c, row[c]));
                }
            }
        }
    }

    private static HashSet<long> AllTuples(IReadOnlyList<int> counts)
    {
        var all = new HashSet<long>();
        var row = new int[Strength];
        for (var a = 0; a < counts.Count; a++)
        {
            for (var b = a + 1; b < counts.Count; b++)
            {
                for (var c = b + 1; c < counts.Count; c++)
                {
                    for (var number = 0; number < counts[a] * counts[b] * counts[c]; number++)
                    {
                        (row[0], row[1], row[2]) =
                            (number % counts[a], number / counts[a] % counts[b], number / counts[a] / counts[b]);
                        all.Add(Key((a, row[0]), (b, row[1]), (c, row[2])));
                    }
                }
            }
        }

        return all;
    }

    // Begins with a tuple that is missing, so that every row covers something; the rest is chance.
    private static int[] Candidate(IReadOnlyList<int> counts, HashSet<long> missing, Random random)
    {
        var row = counts.Select(count => random.Next(count)).ToArray();
        var tuple = missing.ElementAt(random.Next(Math.Min(missing.Count, 64)));
        for (var part = 0; part < Strength; part++, tuple >>= 16)
        {
            row[(tuple >> 8) & 0xFF] = (int)(tuple & 0xFF);
        }

        return row;
    }
}
