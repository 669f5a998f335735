using System.Diagnostics;

namespace Rke.Cli.Tests;

/// <summary>Runs the real, built rkectl as a process.</summary>
internal static class Rkectl
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "rkectl.dll");

    public static Task<RkectlRun> RunAsync(params string[] arguments) => RunAsync("", [], arguments);

    public static Task<RkectlRun> RunAsync(
        string input, (string Name, string Value)[] environment, params string[] arguments) =>
        RunProgramAsync("dotnet", [Program, .. arguments], input, environment);

    /// <summary>On a terminal: all that was printed is one text.</summary>
    public static Task<RkectlRun> RunOnTerminalAsync((string Name, string Value)[] environment, params string[] arguments) =>
        RunOnTerminalAsync(null, environment, arguments);

    /// <summary>On a terminal, in a folder.</summary>
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

    /// <summary>Starts it; the caller ends it and reads what it prints.</summary>
    public static Process Start(params string[] arguments) => Process.Start(new ProcessStartInfo("dotnet", [Program, .. arguments])
    {
        UseShellExecute = false,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    /// <summary>Any program.</summary>
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
