using System.Text.Json.Nodes;
using System.Xml.Linq;
using Rke.Architecture.Tests.Rules;
using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests;

public sealed class DependencyTableTests
{
    private static string Document => Repository.Read("docs/DEPENDENCIES.md");

    [Fact]
    public void The_document_lists_every_package_once() =>
        Assert.Empty(DependencyTable.Violations(
            Document,
            "Packages",
            PackageVersions.Names(XElement.Parse(Repository.Read("Directory.Packages.props")))));

    [Fact]
    public void The_document_lists_every_tool_once() =>
        Assert.Empty(DependencyTable.Violations(
            Document,
            ".NET tools",
            JsonNode.Parse(Repository.Read(".config/dotnet-tools.json"))!["tools"]!.AsObject()
                .Select(tool => tool.Key).ToHashSet(StringComparer.Ordinal)));

    [Theory]
    [InlineData("| `Known` | reason | where |", 0)]
    [InlineData("", 1)]
    [InlineData("| `Known` | | where |", 1)]
    [InlineData("| `Known` | reason | where |\n| `Known` | reason | where |", 1)]
    [InlineData("| `Known` | reason | where |\n| `Other` | reason | where |", 1)]
    [InlineData("\n## Next\n| `Known` | reason | where |", 1)]
    public void A_missing_or_duplicate_or_unknown_package_is_found(string rows, int violations) =>
        Assert.Equal(
            violations,
            DependencyTable.Violations($"# Title\n\n## Packages\n{rows}\n", "Packages", new HashSet<string> { "Known" }).Count());
}
