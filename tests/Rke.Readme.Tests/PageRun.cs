using System.Text.RegularExpressions;

namespace Rke.Readme.Tests;

/// <summary>
/// Follows a page from top to bottom, as a reader does: saves the files, runs the commands, and compares their output with the page. The
/// commands run in the root of the repository, with free ports and a folder in place of <c>artifacts</c>.
/// </summary>
internal sealed partial class PageRun : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rke-page-").FullName;
    private readonly IReadOnlyList<PageBlock> _blocks;
    private readonly Dictionary<string, string> _ports;
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ServerProcess> _running = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _environment;

    public PageRun(string document)
    {
        _blocks = PageBlock.In(document);
        _ports = FindFreePorts(
            [.. _blocks.SelectMany(block => Port().Matches(block.Text)).Select(port => int.Parse(port.Groups["port"].Value)).Distinct().Order()]);
        var tools = Repository.PathOf("tests", "polyglot", "node", "node_modules");
        _environment = new(StringComparer.Ordinal)
        {
            ["PATH"] = $"{Path.Combine(tools, ".bin")}:{Environment.GetEnvironmentVariable("PATH")}",
            ["NODE_PATH"] = tools,
        };
    }

    public async Task RunAsync()
    {
        Assert.NotEmpty(_blocks);
        foreach (var block in _blocks)
        {
            await RunAsync(block);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _running.Values)
        {
            await process.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Free ports in place of those of the page. The ports of several key servers follow each other.</summary>
    private static Dictionary<string, string> FindFreePorts(int[] onPage)
    {
        var free = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var first = 0; first < onPage.Length;)
        {
            var count = 1;
            while (first + count < onPage.Length && onPage[first + count] == onPage[first] + count)
            {
                count++;
            }

            var start = FreePort.Next();
            for (var found = 1; found < count;)
            {
                var next = FreePort.Next();
                (start, found) = next == start + found ? (start, found + 1) : (next, 1);
            }

            for (var index = 0; index < count; index++)
            {
                free[$"{onPage[first + index]}"] = $"{start + index}";
            }

            first += count;
        }

        return free;
    }

    private async Task RunAsync(PageBlock block)
    {
        if (block.Stops is not null)
        {
            var process = _running[block.Stops];
            process.Signal("INT");
            await process.WaitForExitAsync();
            _running.Remove(block.Stops);
        }

        var text = Adapt(block.Text);
        if (block.File is not null)
        {
            await File.WriteAllTextAsync(Adapt(block.File), text, TestContext.Current.CancellationToken);
        }
        else if (block.Serves is not null)
        {
            var process = new ServerProcess("bash", ["-c", $"cd '{Repository.Root}' && exec {text}"], _environment);
            _running.Add(block.Serves, process);
            await process.WaitForAsync(Regex.Escape(block.IsReady!));
        }
        else
        {
            var printed = await ToolRun.OutputAsync("bash", ["-euo", "pipefail", "-c", text], environment: _environment);
            DocumentCommands.AssertShown(block.Output ?? "", printed);
            Remember(block.Output ?? "", printed);
        }
    }

    /// <summary>Later commands use the ids that the commands have printed in place of those on the page.</summary>
    private void Remember(string shown, string printed)
    {
        foreach (var (onPage, real) in Id().Matches(shown).Zip(Id().Matches(printed)))
        {
            _values[onPage.Value] = real.Value;
        }
    }

    private string Adapt(string text)
    {
        text = DocumentCommands.Prepare(text).Replace("artifacts/", $"{_folder}/", StringComparison.Ordinal);
        text = Number().Replace(text, number => _ports.GetValueOrDefault(number.Value, number.Value));
        return Id().Replace(text, id => _values.GetValueOrDefault(id.Value, id.Value));
    }

    [GeneratedRegex(@"127\.0\.0\.1:(?<port>\d+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Port();

    [GeneratedRegex(@"(?<![\w.])\d{4,5}(?![\w.])", RegexOptions.None, 1000)]
    private static partial Regex Number();

    [GeneratedRegex("(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])", RegexOptions.None, 1000)]
    private static partial Regex Id();
}
