namespace Rke.Readme.Tests;

/// <summary>The walk-through of docs/KME.md.</summary>
public sealed class KmeWalkthroughTests : IDisposable
{
    private const string Document = "docs/KME.md";

    private readonly Walkthrough _walkthrough = new(
        "artifacts/kme", 50000, 50001, 50002, 50003, 5001, 5002, 5011, 5012, 5075, 8443, 8444);

    [Fact]
    public async Task Both_SAEs_have_the_same_keys()
    {
        var settings = DocumentCommands.BlocksIn(Document).Where(block => block.Language == "json").ToArray();
        foreach (var (name, block) in new[] { "a.json", "b.json" }.Zip(settings))
        {
            await File.WriteAllTextAsync(
                Path.Combine(_walkthrough.Folder, name), _walkthrough.Adapt(block.Text), TestContext.Current.CancellationToken);
        }

        var blocks = DocumentCommands.In(Document);
        var commands = blocks.Select(block => _walkthrough.Adapt(DocumentCommands.Prepare(block.Commands))).ToArray();
        Assert.Equal((2, 8), (settings.Length, commands.Length));
        var printed = await ToolRun.OutputAsync(
            "bash",
            ["-euc", $$"""
              {{Walkthrough.Functions}}
              {{commands[0]}}
              {{commands[1]}}
              serve 'Key server 3 ' '{{commands[2]}}'
              serve 'The gateway is ready' '{{commands[3]}}'
              serve 'The gateway is ready' '{{commands[4]}}'
              until status=$({{commands[5]}}); [[ $status == *'"stored_key_count":128'* ]]; do sleep 0.1; done
              echo "$status"
              {{commands[6]}}
              {{commands[7]}}
              """]);
        DocumentCommands.AssertShown(blocks[5].Output!, printed);
    }

    public void Dispose() => _walkthrough.Dispose();
}
