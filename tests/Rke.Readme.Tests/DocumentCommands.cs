using System.Text.RegularExpressions;

namespace Rke.Readme.Tests;

/// <summary>A block of commands in a document, and the output that the document shows for it.</summary>
/// <param name="Commands">The commands, one per line.</param>
/// <param name="Output">Null if the document shows none.</param>
internal sealed partial record DocumentCommands(string Commands, string? Output)
{
    private static readonly Dictionary<string, string> Programs = new(StringComparer.Ordinal)
    {
        ["gateway"] = "Rke.Gateway.dll",
        ["raida"] = "Rke.Raida.dll",
        ["cli"] = "rkectl.dll",
        ["examples/csharp"] = "Rke.Examples.FirstCall.dll",
    };

    public static IReadOnlyList<DocumentCommands> In(string document)
    {
        var blocks = BlocksIn(document);
        return
        [
            .. blocks.Index().Where(block => block.Item.Language == "sh").Select(block => new DocumentCommands(
                block.Item.Text,
                blocks.ElementAtOrDefault(block.Index + 1) is ("text", var output) ? output : null)),
        ];
    }

    /// <summary>The code blocks of a document, without their indentation.</summary>
    public static IReadOnlyList<(string Language, string Text)> BlocksIn(string document) =>
    [
        .. Block().Matches(Repository.Read(document)).Select(block => (
            block.Groups["language"].Value,
            block.Groups["text"].Value
                .Replace($"\n{block.Groups["indent"].Value}", "\n", StringComparison.Ordinal)
                .TrimStart(' '))),
    ];

    /// <summary>The commands for this machine: programs are built, and tests/setup has installed the packages.</summary>
    public static string Prepare(string commands) => Project().Replace(
        Installation().Replace(commands, ""),
        project => $"dotnet {Path.Combine(AppContext.BaseDirectory, Programs[project.Groups["folder"].Value])}");

    /// <summary>
    /// Checks that the lines in the document appear in the real output, in this order. Numbers, hexadecimal values and
    /// spaces may differ. A line with an ellipsis stands for any lines.
    /// </summary>
    public static void AssertShown(string shown, string output)
    {
        var printed = LinesOf(output);
        var next = 0;
        foreach (var line in LinesOf(shown).Where(line => line != "…"))
        {
            var at = Array.IndexOf(printed, line, next);
            Assert.True(at >= 0, $"This line was not printed, or too early: {line}\n{output}");
            next = at + 1;
        }
    }

    private static string[] LinesOf(string text) =>
    [
        .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => Spaces().Replace(Value().Replace(line, "#"), " ")),
    ];

    [GeneratedRegex(
        "^(?<indent> *)```(?<language>[a-z]+)\n(?<text>.*?)^\\k<indent>```$",
        RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture,
        1000)]
    private static partial Regex Block();

    [GeneratedRegex("^(sudo apt-get|npm) install .*\n", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Installation();

    [GeneratedRegex(@"dotnet run --project (?<folder>\S+)( --(?= ))?", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Project();

    [GeneratedRegex("[0-9a-f]{8,}|[0-9]+", RegexOptions.None, 1000)]
    private static partial Regex Value();

    [GeneratedRegex(" +", RegexOptions.None, 1000)]
    private static partial Regex Spaces();
}
