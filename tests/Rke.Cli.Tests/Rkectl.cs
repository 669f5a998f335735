using System.Diagnostics;

namespace Rke.Cli.Tests;

/// <summary>Runs the real, built rkectl as a process.</summary>
internal static class Rkectl
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

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
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await WriteAsync(process, input);
            await process.WaitForExitAsync(limit.Token);
            return new(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private static async Task WriteAsync(Process process, string input)
    {
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // A command that does not read its input may end first.
        }
    }
}
