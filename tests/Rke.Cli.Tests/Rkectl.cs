using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Rke.Cli.Tests;

/// <summary>Runs the built rkectl as a process.</summary>
internal static class Rkectl
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "rkectl.dll");

    public static Task<RkectlRun> RunAsync(params string[] arguments) => RunAsync("", [], arguments);

    public static Task<RkectlRun> RunAsync(
        string input, (string Name, string Value)[] environment, params string[] arguments) =>
        RunProgramAsync("dotnet", [Program, .. arguments], input, environment);

    /// <summary>Runs rkectl on a terminal. Standard output has the output and the errors.</summary>
    public static Task<RkectlRun> RunOnTerminalAsync((string Name, string Value)[] environment, params string[] arguments) =>
        RunOnTerminalAsync(null, environment, arguments);

    /// <summary>Runs rkectl on a terminal and in a folder.</summary>
    public static Task<RkectlRun> RunOnTerminalAsync(
        string? folder, (string Name, string Value)[] environment, params string[] arguments)
    {
        var clean = environment.Any(variable => variable.Name == "NO_COLOR") ? "" : "unset NO_COLOR; ";
        return RunProgramAsync(
            "script",
            [
                "--quiet",
                "--return",
                "--command",
                $"stty cols 130 rows 20; {clean}dotnet {Program} {string.Join(' ', arguments)}",
                "/dev/null",
            ],
            environment: [("TERM", "xterm"), .. environment],
            folder: folder);
    }

    /// <summary>Starts rkectl. The caller reads its output and waits for its end.</summary>
    public static Process Start(params string[] arguments) => Process.Start(new ProcessStartInfo("dotnet", [Program, .. arguments])
    {
        UseShellExecute = false,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    /// <summary>Runs a program to its end.</summary>
    public static async Task<RkectlRun> RunProgramAsync(
        string program,
        string[] arguments,
        string input = "",
        (string Name, string Value)[]? environment = null,
        string? folder = null)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in environment ?? [])
        {
            variables[name] = value;
        }

        var run = await ToolRun.RunAsync(program, arguments, input, variables, folder);
        return new(run.ExitCode, run.Output, run.Errors);
    }
}

/// <summary>The exit code and the output of one run of rkectl.</summary>
public sealed record RkectlRun(int ExitCode, string Out, string Error)
{
    public JsonNode OutJson => JsonNode.Parse(Out)!;

    public JsonNode ErrorJson => JsonNode.Parse(Error)!["error"]!;

    /// <summary>Checks the exit code. The failure message has the whole output.</summary>
    public RkectlRun Expect(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode}, not {exitCode}\n{Out}\n{Error}");
        return this;
    }
}
