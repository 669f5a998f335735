using System.Text;
using System.Text.RegularExpressions;

namespace Rke.Cli.Tests;

/// <summary>Executes the samples of docs/CLI.md on a terminal and compares the output.</summary>
public partial class DocumentTests
{
    private static readonly string Document = Repository.Read("docs/CLI.md");

    [Fact]
    public async Task Every_sample_is_real_output()
    {
        using var folder = new TemporaryFolder();
        var vector = Vectors.Named("rke-get_key-6");
        folder.Write("frame.hex", Encoding.ASCII.GetBytes(vector.Text("request")));
        folder.Write("an.hex", Encoding.ASCII.GetBytes(vector.Text("authenticity_number")));

        await using var gateway = await LocalGateway.StartAsync();
        var transcript = new Transcript();
        transcript.Add("127.0.0.1:7575", gateway.Listener);
        var samples = Transcript.Read(Document).ToArray();
        foreach (var (command, lines) in samples)
        {
            var run = await Rkectl.RunOnTerminalAsync(
                folder["."], [("RKE_GATEWAY", gateway.Address), ("RKE_CONFIG", folder["config.json"])], transcript.Translate(command).Split(' '));
            var rows = Screen.Show(run.Out).Rows.Reverse().SkipWhile(row => row.Length == 0).Reverse().ToArray();
            transcript.Check(command, lines, rows);
            Assert.Equal(lines[0].StartsWith("rkectl: ", StringComparison.Ordinal), run.ExitCode != 0);
        }

        Assert.InRange(samples.Length, 11, 40);
    }

    [Fact]
    public async Task The_table_has_every_command()
    {
        var help = (await Rkectl.RunAsync("--help")).Expect(0).Out;
        var list = help[help.IndexOf("Commands:", StringComparison.Ordinal)..help.IndexOf("Examples:", StringComparison.Ordinal)];
        var commands = HelpLine().Matches(list)
            .Select(match => match.Groups["name"].Value).ToArray();
        Assert.Contains("session", commands);
        Assert.All(commands, command => Assert.Matches($"(?m)^\\| `{command}[` ]", Document));
    }

    [GeneratedRegex("^  (?<name>[a-z]+) ", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex HelpLine();
}
