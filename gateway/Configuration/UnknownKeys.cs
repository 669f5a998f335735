namespace Rke.Gateway.Configuration;

/// <summary>Finds keys that no option has. Most of them are spelling mistakes.</summary>
internal static class UnknownKeys
{
    private const int MaxDistance = 3;

    /// <summary>One line for each key below a path that has a value and is not known.</summary>
    public static IEnumerable<string> Find(IConfiguration configuration, string path, IReadOnlyCollection<string> known)
    {
        foreach (var child in configuration.GetSection(path).GetChildren())
        {
            if (child.Value is { Length: > 0 } && !known.Contains(child.Path, StringComparer.OrdinalIgnoreCase))
            {
                var fix = Nearest(child.Path, known) is { } nearest
                    ? $"did you mean {nearest}?"
                    : "remove it; docs/CONFIGURATION.md lists them all.";
                yield return $"{child.Path}: there is no such key; {fix}";
            }

            foreach (var problem in Find(configuration, child.Path, known))
            {
                yield return problem;
            }
        }
    }

    private static string? Nearest(string path, IEnumerable<string> known) => known
        .Select(key => (Key: key, Distance: Distance(path.ToUpperInvariant(), key.ToUpperInvariant())))
        .Where(candidate => candidate.Distance <= MaxDistance)
        .OrderBy(candidate => candidate.Distance)
        .ThenBy(candidate => candidate.Key, StringComparer.Ordinal)
        .Select(candidate => candidate.Key)
        .FirstOrDefault();

    // Levenshtein: the number of letters to insert, remove or replace.
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var changed = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
