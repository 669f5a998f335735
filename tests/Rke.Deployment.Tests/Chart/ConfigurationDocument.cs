using System.Text.RegularExpressions;

namespace Rke.Deployment.Tests.Chart;

/// <summary>The keys of docs/CONFIGURATION.md, by its tables.</summary>
internal static partial class ConfigurationDocument
{
    public static readonly IReadOnlySet<string> Keys = Read();

    // A row begins with one key.
    private static HashSet<string> Read()
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        var isKeyTable = false;
        foreach (var line in File.ReadLines(Repository.PathOf("docs", "CONFIGURATION.md")))
        {
            isKeyTable = line.StartsWith('|') && (isKeyTable || line.StartsWith("| key |", StringComparison.Ordinal));
            if (isKeyTable && Key().Match(line) is { Success: true } match)
            {
                keys.Add(match.Groups[1].Value);
            }
        }

        return keys;
    }

    [GeneratedRegex("^\\| `([A-Za-z0-9:]+)` \\|")]
    private static partial Regex Key();
}
