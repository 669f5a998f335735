using System.Diagnostics;

namespace Rke.Deployment.Tests.Tools;

/// <summary>The program that checks renderings. It runs for all tests, because it reads the API description of Kubernetes at its start.</summary>
internal static class ManifestChecker
{
    private static readonly SemaphoreSlim Turn = new(1);
    private static readonly Lazy<Process> Program = new(Start);

    /// <summary>Sends one line, and returns the line of the answer.</summary>
    public static async Task<string> CheckAsync(string input)
    {
        await Turn.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            var process = Program.Value;
            await process.StandardInput.WriteLineAsync(input.AsMemory(), TestContext.Current.CancellationToken);
            await process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
            return await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)
                ?? throw new InvalidOperationException("check-manifests.js ended. Its errors are on standard error.");
        }
        finally
        {
            Turn.Release();
        }
    }

    // The program ends when this process does, because its input ends.
    private static Process Start() => Process.Start(new ProcessStartInfo(
        "node", [Repository.PathOf("tests", "polyglot", "node", "deployment", "check-manifests.js")])
    {
        UseShellExecute = false,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!;
}
