using System.Diagnostics;

namespace Rke.Cli.Tests;

/// <summary>Runs the real, built rkectl as a process.</summary>
internal static class Rkectl
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    public static Task<RkectlRun> RunAsync(params string[] arguments) => RunAsync("", [], arguments);

    public static Task<RkectlRun> RunAsync(
        string input, (string Name, string Value)[] environment, params string[] arguments) =>
        RunProgramAsync("dotnet", [Path.Combine(AppContext.BaseDirectory, "rkectl.dll"), .. arguments], input, environment);

    /// <summary>On a terminal: all that was printed is one text.</summary>
    public static Task<RkectlRun> RunOnTerminalAsync((string Name, string Value)[] environment, params string[] arguments) =>
        RunOnTerminalAsync(null, environment, arguments);

    /// <summary>On a terminal, in a folder.</summary>
    public static Task<RkectlRun> RunOnTerminalAsync(
        string? folder, (string Name, string Value)[] environment, params string[] arguments) =>
        RunProgramAsync(
            "script",
            [
                "--quiet",
                "--return",
                "--command",
                $"stty cols 130 rows 20; dotnet {Path.Combine(AppContext.BaseDirectory, "rkectl.dll")} {string.Join(' ', arguments)}",
                "/dev/null",
            ],
            environment: [("TERM", "xterm"), ("NO_COLOR", ""), .. environment],
            folder: folder);

    /// <summary>Starts it; the caller ends it and reads what it prints.</summary>
    public static Process Start(params string[] arguments) =>
        Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "rkectl.dll"), .. arguments], [], folder: null);

    private static Process Start(
        string program, string[] arguments, (string Name, string Value)[] environment, string? folder)
    {
        var start = new ProcessStartInfo(program)
        {
            WorkingDirectory = folder,
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
            start.Environment[name] = value.Length == 0 ? null : value;
        }

        return Process.Start(start)!;
    }

    /// <summary>Any program, within <paramref name="limit"/>.</summary>
    public static async Task<RkectlRun> RunProgramAsync(
        string program,
        string[] arguments,
        string input = "",
        (string Name, string Value)[]? environment = null,
        TimeSpan? limit = null,
        string? folder = null)
    {
        using var process = Start(program, arguments, environment ?? [], folder);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        cancellation.CancelAfter(limit ?? Limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellation.Token);
            var error = process.StandardError.ReadToEndAsync(cancellation.Token);
            await WriteAsync(process, input);
            await process.WaitForExitAsync(cancellation.Token);
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
