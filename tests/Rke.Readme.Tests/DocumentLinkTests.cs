using System.Text.RegularExpressions;

namespace Rke.Readme.Tests;

/// <summary>The links of the documents lead to files and headings that exist.</summary>
public partial class DocumentLinkTests
{
    public static TheoryData<string> Documents => [.. Directory
        .EnumerateFiles(Repository.Root, "*.md", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Repository.Root, path))
        .Where(path => !path.Contains("node_modules", StringComparison.Ordinal))
        .Where(path => !path.StartsWith("artifacts", StringComparison.Ordinal))];

    [Theory, MemberData(nameof(Documents))]
    public void Relative_links_lead_to_existing_files_and_headings(string document)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, document))!;
        var broken = Link().Matches(Code().Replace(Repository.Read(document), ""))
            .Select(match => (Target: match.Groups["target"].Value, Heading: match.Groups["heading"].Value))
            .Where(link => !link.Target.Contains("://", StringComparison.Ordinal))
            .Where(link => !Exists(link.Target == "" ? Path.Combine(Repository.Root, document) : Path.Combine(folder, link.Target), link.Heading));
        Assert.Empty(broken);
    }

    private static bool Exists(string path, string heading) =>
        Path.Exists(path)
        && (heading == ""
            || !path.EndsWith(".md", StringComparison.Ordinal)
            || AnchorsOf(File.ReadAllText(path)).Contains(heading));

    /// <summary>The anchors that GitHub gives to headings. A repeated heading gets a number.</summary>
    private static HashSet<string> AnchorsOf(string document)
    {
        var anchors = new HashSet<string>(StringComparer.Ordinal);
        foreach (Match heading in Heading().Matches(Code().Replace(document, "")))
        {
            var text = LinkText().Replace(heading.Groups["text"].Value.Trim(), "${text}");
            var anchor = NotInAnchor().Replace(text.ToLowerInvariant(), "").Replace(' ', '-');
            var name = anchor;
            for (var number = 1; !anchors.Add(name); number++)
            {
                name = $"{anchor}-{number}";
            }
        }

        return anchors;
    }

    [GeneratedRegex(@"\]\((?<target>[^)#\s]*)(#(?<heading>[^)\s]*))?\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();

    [GeneratedRegex("^#{1,6} (?<text>.+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Heading();

    [GeneratedRegex("^ *```.*?^ *```$", RegexOptions.Multiline | RegexOptions.Singleline, 1000)]
    private static partial Regex Code();

    [GeneratedRegex(@"!?\[(?<text>[^\]]*)\]\([^)]*\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LinkText();

    [GeneratedRegex(@"[^\w\- ]", RegexOptions.None, 1000)]
    private static partial Regex NotInAnchor();
}
