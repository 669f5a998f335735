namespace Rke.Readme.Tests;

/// <summary>A reader can follow the tutorial, the pages about the use of keys, and the how-to pages from top to bottom.</summary>
public class PageTests
{
    public static TheoryData<string> Pages =>
    [
        "docs/TUTORIAL.md",
        "docs/AGENT.md",
        "docs/KME.md",
        "docs/USE-THE-KEY.md",
        .. Directory.EnumerateFiles(Repository.PathOf("docs", "how-to"), "*.md")
            .Select(path => Path.GetRelativePath(Repository.Root, path))
            .Where(page => PageBlock.In(page).Count > 0)
            .Order(StringComparer.Ordinal),
    ];

    [Theory, MemberData(nameof(Pages))]
    public async Task The_commands_of_a_page_work_in_their_order_and_print_what_it_shows(string page)
    {
        await using var run = new PageRun(page);
        await run.RunAsync();
    }
}
