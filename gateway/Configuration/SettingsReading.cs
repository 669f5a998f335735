namespace Rke.Gateway.Configuration;

/// <summary>What has been read of the configuration so far: the keys that exist, and the problems.</summary>
internal sealed class SettingsReading
{
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _sections = [];
    private readonly List<string> _problems = [];

    public IReadOnlyList<string> Problems => _problems;

    public void Add(string path, string problem, string fix) => _problems.Add($"{path}: {problem}; {fix}{(fix.EndsWith('?') ? "" : ".")}");

    public void AddRange(IEnumerable<string> problems) => _problems.AddRange(problems);

    public void Know(string path) => _known.Add(path);

    public void KnowAll(string path) => _sections.Add(path + ":");

    public void RejectUnknown(IConfiguration section, string path)
    {
        foreach (var child in section.GetChildren())
        {
            var childPath = $"{path}:{child.Key}";
            if (child.Value is { Length: > 0 } && !IsKnown(childPath))
            {
                Add(childPath, "there is no such key", Nearest(childPath) is { } nearest
                    ? $"did you mean {nearest}?"
                    : "remove it; docs/CONFIGURATION.md lists them all");
            }

            RejectUnknown(child, childPath);
        }
    }

    private bool IsKnown(string path) =>
        _known.Contains(path) || _sections.Exists(section => path.StartsWith(section, StringComparison.OrdinalIgnoreCase));

    private string? Nearest(string path) => _known
        .Select(known => (Known: known, Distance: Distance(path.ToUpperInvariant(), known.ToUpperInvariant())))
        .Where(candidate => candidate.Distance <= 3)
        .OrderBy(candidate => candidate.Distance)
        .ThenBy(candidate => candidate.Known, StringComparer.Ordinal)
        .Select(candidate => candidate.Known)
        .FirstOrDefault();

    // Levenshtein: how many letters must be put in, taken out or changed.
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
