using System.Text.RegularExpressions;

namespace Rke.Architecture.Tests.Rules;

/// <summary>
/// A section of docs/DEPENDENCIES.md must have one row, with a reason, for each package or tool in use.
/// </summary>
internal static partial class DependencyTable
{
    public static IEnumerable<string> Violations(string document, string heading, IReadOnlySet<string> inUse)
    {
        var start = document.IndexOf($"\n## {heading}\n", StringComparison.Ordinal);
        var end = document.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        var listed = new HashSet<string>(StringComparer.Ordinal);
        foreach (Match row in Row().Matches(document[start..(end < 0 ? document.Length : end)]))
        {
            var name = row.Groups["name"].Value;
            if (!listed.Add(name))
            {
                yield return $"{name} is listed twice";
            }

            if (!inUse.Contains(name))
            {
                yield return $"{name} is listed, but not in use";
            }
        }

        foreach (var name in inUse.Except(listed))
        {
            yield return $"{name} is not listed with a reason";
        }
    }

    [GeneratedRegex(@"^\| `(?<name>[^`]+)` \| *[^\s|][^|]*\| *[^\s|][^|]*\|\r?$", RegexOptions.ExplicitCapture | RegexOptions.Multiline)]
    private static partial Regex Row();
}
