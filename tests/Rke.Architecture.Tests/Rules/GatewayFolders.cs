using System.Text.RegularExpressions;
using NetArchTest.Rules;

namespace Rke.Architecture.Tests.Rules;

/// <summary>
/// The table of gateway/README.md lists each folder of the gateway, its purpose, and the folders that it may use. A folder
/// may use only folders of the rows above it, so the folders have an order and no cycle.
/// </summary>
internal static partial class GatewayFolders
{
    /// <summary>The rows of the table: a folder and the folders that it may use.</summary>
    public static IReadOnlyList<(string Name, string[] MayUse)> Read(string document) =>
        [.. Row().Matches(document).Select(row => (
            row.Groups["name"].Value,
            row.Groups["uses"].Value.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries)))];

    /// <summary>Rows whose folder does not exist, folders without a row, and uses that go downwards.</summary>
    public static IEnumerable<string> TableViolations(
        IReadOnlyList<(string Name, string[] MayUse)> table, IReadOnlySet<string> folders)
    {
        var above = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, mayUse) in table)
        {
            foreach (var use in mayUse.Where(use => !above.Contains(use)))
            {
                yield return $"{name} may not use {use}: {use} has no row above {name}";
            }

            if (!above.Add(name))
            {
                yield return $"{name} has two rows";
            }

            if (!folders.Contains(name))
            {
                yield return $"{name} is not a folder of gateway/";
            }
        }

        foreach (var folder in folders.Except(above))
        {
            yield return $"{folder} has no row; add its purpose and the folders that it may use";
        }
    }

    /// <summary>Types that use a folder which the row of their own folder does not list.</summary>
    public static IEnumerable<string> UseViolations(
        Types types, string rootNamespace, IReadOnlyList<(string Name, string[] MayUse)> table)
    {
        foreach (var (name, mayUse) in table)
        {
            var others = table.Select(row => row.Name).Except(mayUse).Where(other => other != name);
            foreach (var other in others)
            {
                var found = types.That().ResideInNamespaceMatching($@"^{Regex.Escape(rootNamespace)}\.{name}(\.|$)")
                    .ShouldNot().HaveDependencyOn($"{rootNamespace}.{other}").Names();
                foreach (var type in found)
                {
                    yield return $"{type} uses {other}; gateway/README.md does not list it for {name}";
                }
            }
        }
    }

    [GeneratedRegex(@"^\| `(?<name>\w+)/` \|[^|]*[^|\s][^|]*\|(?<uses>[^|]*)\|\r?$", RegexOptions.ExplicitCapture | RegexOptions.Multiline)]
    private static partial Regex Row();
}
