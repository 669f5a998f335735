using System.Text.RegularExpressions;

namespace Rke.Readme.Tests;

/// <summary>The commands of the README run, and print what it shows.</summary>
public partial class ReadmeCommandTests(RunningGateway gateway) : IClassFixture<RunningGateway>
{
    /// <summary>A gateway without settings is <see cref="RunningGateway"/>. The others need servers, or are this run.</summary>
    private static readonly string[] NotHere =
    [
        "dotnet run --project gateway\n", "dotnet run --project gateway -- \\\n", "tests/run\n",
    ];

    public static TheoryData<string, string?> Blocks
    {
        get
        {
            var data = new TheoryData<string, string?>();
            foreach (var (commands, output) in DocumentCommands.In("README.md"))
            {
                if (!NotHere.Any(other => commands.StartsWith(other, StringComparison.Ordinal)))
                {
                    data.Add(commands, output);
                }
            }

            return data;
        }
    }

    public static TheoryData<string, string?> JsonBlocks
    {
        get
        {
            var data = new TheoryData<string, string?>();
            foreach (var (commands, output) in DocumentCommands.In("docs/JSON.md"))
            {
                data.Add(commands, output);
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(JsonBlocks))]
    public async Task A_block_of_commands_prints_what_the_page_about_JSON_shows(string commands, string? shown)
    {
        var printed = await ToolRun.OutputAsync(
            "bash", ["-euc", commands.Replace("127.0.0.1:5002", gateway.HttpAddress, StringComparison.Ordinal)]);
        var part = KeyPart().Match(printed);
        DocumentCommands.AssertShown(KeyPart().Replace(shown!, part.Value), printed);
    }

    [Theory, MemberData(nameof(Blocks))]
    public async Task A_block_of_commands_prints_what_the_readme_shows(string commands, string? shown)
    {
        var printed = await ToolRun.OutputAsync(
            "bash",
            ["-euc", $"""
             tools=$PWD/tests/polyglot/node/node_modules
             export PATH=$tools/.bin:$PATH NODE_PATH=$tools RKE_GATEWAY=http://{gateway.Address}
             {DocumentCommands.Prepare(commands)
                 .Replace("127.0.0.1:5001", gateway.Address, StringComparison.Ordinal)
                 .Replace("127.0.0.1:5002", gateway.HttpAddress, StringComparison.Ordinal)}
             """]);
        DocumentCommands.AssertShown(shown ?? "", printed);
    }

    [GeneratedRegex("\"keyPart\":\"[^\"]*\"", RegexOptions.None, 1000)]
    private static partial Regex KeyPart();
}
