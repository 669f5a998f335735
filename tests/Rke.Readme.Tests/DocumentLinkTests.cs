using System.Text.RegularExpressions;

namespace Rke.Readme.Tests;

/// <summary>What the documents point at is there.</summary>
public partial class DocumentLinkTests
{
    public static TheoryData<string> Documents => [.. Directory
        .EnumerateFiles(Repository.Root, "*.md", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Repository.Root, path))
        .Where(path => !path.Contains("node_modules", StringComparison.Ordinal))];

    [Theory, MemberData(nameof(Documents))]
    public void Relative_links_point_to_existing_targets(string document)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, document))!;
        var broken = Link().Matches(Repository.Read(document))
            .Select(match => match.Groups["target"].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal))
            .Where(target => !Path.Exists(Path.Combine(folder, target)));
        Assert.Empty(broken);
    }

    [GeneratedRegex(@"\]\((?<target>[^)#\s]+)(#[^)]*)?\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();
}
