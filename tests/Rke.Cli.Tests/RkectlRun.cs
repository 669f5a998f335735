using System.Text.Json.Nodes;

namespace Rke.Cli.Tests;

/// <summary>What one run of rkectl left.</summary>
public sealed record RkectlRun(int ExitCode, string Out, string Error)
{
    public JsonNode OutJson => JsonNode.Parse(Out)!;

    public JsonNode ErrorJson => JsonNode.Parse(Error)!["error"]!;

    /// <summary>Fails with all that was printed unless the exit code is <paramref name="exitCode"/>.</summary>
    public RkectlRun Expect(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode}, not {exitCode}\n{Out}\n{Error}");
        return this;
    }
}
