using System.Globalization;
using System.Text.RegularExpressions;

namespace Rke.Bench.Tests;

/// <summary>A script of tests/bench, with a small number of calls.</summary>
internal static partial class BenchScript
{
    public static string Folder { get; } = Repository.PathOf("tests", "bench");

    /// <summary>Runs a script, and returns the block of docs/PERFORMANCE.md that it writes, from a copy of the document.</summary>
    /// <param name="name">The script.</param>
    /// <param name="block">The name of its block.</param>
    /// <param name="sizes">Variables such as CALLS=200.</param>
    public static async Task<string> RunAsync(string name, string block, params IEnumerable<string> sizes)
    {
        var report = Path.GetTempFileName();
        try
        {
            var document = Repository.Read("docs/PERFORMANCE.md");
            Assert.Matches(Block(block), document);
            await File.WriteAllTextAsync(report, Block(block).Replace(document, "${start}old\n${end}"), TestContext.Current.CancellationToken);
            var environment = sizes.Select(size => size.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
            environment["REPORT"] = report;
            environment["BUILT"] = "1";
            await ToolRun.OutputAsync(Path.Combine(Folder, name), [], environment: environment);
            return Block(block).Match(await File.ReadAllTextAsync(report, TestContext.Current.CancellationToken)).Groups["text"].Value;
        }
        finally
        {
            File.Delete(report);
        }
    }

    /// <summary>The rows of a table, without its head, as their cells.</summary>
    public static string[][] Rows(string block) =>
        [.. block.Split('\n')
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Select(line => line.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries))];

    /// <summary>The first number in a cell.</summary>
    public static double Number(string cell) =>
        double.Parse(FirstNumber().Match(cell).Value.Replace(",", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);

    private static Regex Block(string name) => new(
        $"(?<start>^<!-- bench: {name} -->\n)(?<text>.*?)(?<end>^<!-- /bench: {name} -->$)",
        RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        TimeSpan.FromSeconds(10));

    [GeneratedRegex(@"[\d,]+(\.\d+)?", RegexOptions.ExplicitCapture)]
    private static partial Regex FirstNumber();
}
