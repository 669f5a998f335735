namespace Rke.Cli.Tests;

/// <summary>Runs the real, built rkectl as a process.</summary>
internal static class Rkectl
{
    public static Task<RkectlRun> RunAsync(params string[] arguments) => RunAsync("", [], arguments);

    public static Task<RkectlRun> RunAsync(
        string input, (string Name, string Value)[] environment, params string[] arguments) =>
        RunAsync("dotnet", [Path.Combine(AppContext.BaseDirectory, "rkectl.dll"), .. arguments], input, environment);

    /// <summary>On a terminal: all that was printed is one text.</summary>
    public static Task<RkectlRun> RunOnTerminalAsync((string Name, string Value)[] environment, params string[] arguments) =>
        RunAsync(
            "script",
            [
                "--quiet",
                "--return",
                "--command",
                $"stty cols 100; dotnet {Path.Combine(AppContext.BaseDirectory, "rkectl.dll")} {string.Join(' ', arguments)}",
                "/dev/null",
            ],
            "",
            [.. environment, ("TERM", "xterm")]);

    private static async Task<RkectlRun> RunAsync(
        string program, string[] arguments, string input, (string Name, string Value)[] environment)
    {
        var run = await ToolRun.RunAsync(
            program, arguments, input, environment.ToDictionary(variable => variable.Name, variable => variable.Value));
        return new(run.ExitCode, run.Output, run.Errors);
    }
}
