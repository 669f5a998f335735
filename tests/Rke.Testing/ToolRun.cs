using System.Diagnostics;

namespace Rke.Testing;

/// <summary>The result of a program that has ended.</summary>
public sealed record ToolRun(int ExitCode, string Output, string Errors)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>Output and errors, for messages.</summary>
    public string All => $"{Output}\n{Errors}".Trim();

    /// <summary>Runs a program in a folder, by default the root of the repository. Any exit code is accepted.</summary>
    public static async Task<ToolRun> RunAsync(
        string program,
        IEnumerable<string> arguments,
        string? input = null,
        IReadOnlyDictionary<string, string>? environment = null,
        string? folder = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? Repository.Root,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        guard.CancelAfter(Patience);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(guard.Token);
            var errors = process.StandardError.ReadToEndAsync(guard.Token);
            await WriteAsync(process.StandardInput, input ?? "", guard.Token);
            await process.WaitForExitAsync(guard.Token);
            return new(process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException exception)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} did not end within {Patience}.", exception);
        }
    }

    /// <summary>Runs a program. An exit code other than 0 fails the test.</summary>
    public static async Task<string> OutputAsync(
        string program,
        IEnumerable<string> arguments,
        string? input = null,
        IReadOnlyDictionary<string, string>? environment = null,
        string? folder = null)
    {
        var run = await RunAsync(program, arguments, input, environment, folder);
        Assert.True(run.ExitCode == 0, $"{program} exited {run.ExitCode}: {run.All}");
        return run.Output;
    }

    private static async Task WriteAsync(StreamWriter writer, string input, CancellationToken cancellationToken)
    {
        try
        {
            await writer.WriteAsync(input.AsMemory(), cancellationToken);
            writer.Close();
        }
        catch (IOException)
        {
            // A program that does not read its input may have ended.
        }
    }
}
