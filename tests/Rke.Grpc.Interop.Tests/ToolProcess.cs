using System.Diagnostics;

namespace Rke.Grpc.Interop.Tests;

/// <summary>Programs that tests run to their end.</summary>
internal static class ToolProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>What the program printed; anything but exit code 0 is an error.</summary>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, string? folder = null)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        })!;
        using var guard = new CancellationTokenSource(Patience);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(guard.Token);
            var errors = process.StandardError.ReadToEndAsync(guard.Token);
            await process.WaitForExitAsync(guard.Token);
            return process.ExitCode == 0
                ? await output
                : throw new InvalidOperationException(
                    $"{program} exited {process.ExitCode}: {await output}{await errors}");
        }
        catch (OperationCanceledException exception)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} did not end within {Patience}.", exception);
        }
    }
}
