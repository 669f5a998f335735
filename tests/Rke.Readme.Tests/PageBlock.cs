using System.Text.RegularExpressions;

namespace Rke.Readme.Tests;

/// <summary>
/// A code block of a page, and what a reader does with it. Commands run in the foreground, unless a comment above the block says
/// otherwise:
/// <list type="bullet">
/// <item><c>&lt;!-- file: PATH --&gt;</c>: the reader saves the block to this file.</item>
/// <item><c>&lt;!-- serve NAME: TEXT --&gt;</c>: the command keeps running. It is ready when it prints the text.</item>
/// <item><c>&lt;!-- stop NAME --&gt;</c>: before this block, the reader ends the command of that name with Ctrl+C.</item>
/// </list>
/// </summary>
/// <param name="Text">The block.</param>
/// <param name="Output">What the page shows as the output of the commands. Null if it shows none.</param>
/// <param name="File">The file to save the block to.</param>
/// <param name="Serves">The name of the command that keeps running.</param>
/// <param name="IsReady">What that command prints when it is ready.</param>
/// <param name="Stops">The command that ends before this block.</param>
internal sealed partial record PageBlock(
    string Text, string? Output, string? File, string? Serves, string? IsReady, string? Stops)
{
    /// <summary>The blocks of commands and files, in the order of the page.</summary>
    public static IReadOnlyList<PageBlock> In(string document)
    {
        var blocks = new List<PageBlock>();
        foreach (Match match in Pattern().Matches(Repository.Read(document)))
        {
            var text = WithoutIndent(match);
            if (match.Groups["language"].Value == "text")
            {
                // The output of the commands before it.
                blocks[^1] = blocks[^1] with { Output = text };
                continue;
            }

            blocks.Add(new(
                text, null, Value(match, "file"), Value(match, "serves"), Value(match, "ready"), Value(match, "stops")));
        }

        return blocks;
    }

    private static string? Value(Match match, string group) => match.Groups[group].Success ? match.Groups[group].Value : null;

    private static string WithoutIndent(Match match) => match.Groups["text"].Value
        .Replace($"\n{match.Groups["indent"].Value}", "\n", StringComparison.Ordinal)
        .TrimStart(' ');

    [GeneratedRegex(
        """
        ^(?:[ ]*<!--[ ]stop[ ](?<stops>\S+)[ ]-->\n)?
        (?:[ ]*<!--[ ](?:file:[ ](?<file>\S+)|serve[ ](?<serves>\w+):[ ](?<ready>[^\n]+))[ ]-->\n)?
        (?<indent>[ ]*)```(?<language>[a-z]+)\n(?<text>.*?)^\k<indent>```$
        """,
        RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace,
        1000)]
    private static partial Regex Pattern();
}
