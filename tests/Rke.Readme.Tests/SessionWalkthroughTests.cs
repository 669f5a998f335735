using System.Text.RegularExpressions;

namespace Rke.Readme.Tests;

/// <summary>The walk-through of docs/SESSIONS.md.</summary>
public sealed partial class SessionWalkthroughTests : IDisposable
{
    private const string Document = "docs/SESSIONS.md";

    private readonly Walkthrough _walkthrough = new("artifacts/two", 50000, 50001, 50002, 50003, 5001, 5002, 5011, 5012, 5075);

    [Fact]
    public async Task Both_sides_have_the_same_key()
    {
        var network = DocumentCommands.BlocksIn(Document).Single(block => block.Language == "json").Text;
        await File.WriteAllTextAsync(
            Path.Combine(_walkthrough.Folder, "network.json"), _walkthrough.Adapt(network), TestContext.Current.CancellationToken);
        var blocks = DocumentCommands.In(Document);
        var commands = blocks.Select(block => _walkthrough.Adapt(DocumentCommands.Prepare(block.Commands))).ToArray();
        Assert.Equal(7, commands.Length);

        var shown = blocks[5].Output!;
        var sessionId = SessionId().Match(shown).Value;
        var printed = await ToolRun.OutputAsync(
            "bash",
            ["-euc", $$"""
              {{Walkthrough.Functions}}
              {{commands[0]}}
              serve 'Key server 3 ' '{{commands[1]}}'
              serve 'The gateway is ready' '{{commands[2]}}'
              serve 'The gateway is ready' '{{commands[3]}}'
              {{commands[4]}}
              arrived=$({{commands[5]}})
              echo "$arrived"
              read -r _ id _ <<<"$arrived"
              {{commands[6].Replace(sessionId, "$id", StringComparison.Ordinal)}}
              """]);
        DocumentCommands.AssertShown(shown, printed);
    }

    public void Dispose() => _walkthrough.Dispose();

    [GeneratedRegex("[0-9a-f]{32}", RegexOptions.None, 1000)]
    private static partial Regex SessionId();
}
