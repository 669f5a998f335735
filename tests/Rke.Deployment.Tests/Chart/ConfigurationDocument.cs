using System.Text.RegularExpressions;

namespace Rke.Deployment.Tests.Chart;

/// <summary>The keys of docs/CONFIGURATION.md, by its tables.</summary>
internal static partial class ConfigurationDocument
{
    public static readonly IReadOnlySet<string> Keys = Read();

    // A row begins with one key, or with several that differ in their last word: `Rke:A:B`, `:C`.
    private static HashSet<string> Read()
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        var isKeyTable = false;
        foreach (var line in File.ReadLines(Repository.PathOf("docs", "CONFIGURATION.md")))
        {
            isKeyTable = line.StartsWith('|') && (isKeyTable || line.StartsWith("| key |", StringComparison.Ordinal));
            if (!isKeyTable)
            {
                continue;
            }

            var folder = "";
            foreach (var name in Name().Matches(line.Split('|')[1]).Select(match => match.Groups[1].Value))
            {
                var key = name.StartsWith(':') ? folder + name : name;
                folder = key[..key.LastIndexOf(':')];
                keys.Add(key);
            }
        }

        return keys;
    }

    [GeneratedRegex("`([A-Za-z0-9:]+)`")]
    private static partial Regex Name();
}
