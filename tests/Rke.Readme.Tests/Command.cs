using System.Diagnostics;

namespace Rke.Readme.Tests;

/// <summary>A command that runs to its end, in the repository's root.</summary>
internal static class Command
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Returns what was printed; fails, with that, when the command does.</summary>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = Start(program, arguments);
        using var process = Process.Start(start)
            ?? throw new InvalidOperationException($"{program} cannot be started: run tests/setup.");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            var printed = await output;
            Assert.True(
                process.ExitCode == 0,
                $"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}\n{printed}\n{await error}");
            return printed;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    public static ProcessStartInfo Start(string program, params string[] arguments) => new(program, arguments)
    {
        WorkingDirectory = Repository.Root,
        UseShellExecute = false,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };
}
