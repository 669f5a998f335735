namespace Rke.Cli.Tests;

/// <summary>Publishes rkectl as a native program.</summary>
public sealed class NativeProgram : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    public async ValueTask InitializeAsync()
    {
        // Warnings are errors, including warnings about trimming and native compilation. A build server that keeps
        // running
        // would keep standard output open.
        var run = await Rkectl.RunProgramAsync(
            "dotnet",
            [
                "publish", "cli", "--configuration", "Release", "--runtime", "linux-x64", "--nologo", "--output", _folder["."],
                "-nodeReuse:false", "-p:UseSharedCompilation=false",
            ]);
        run.Expect(0);
        Files = Directory.GetFiles(_folder["."]).Select(file => Path.GetFileName(file)).ToArray();
    }

    /// <summary>The names of the published files.</summary>
    public IReadOnlyList<string> Files { get; private set; } = [];

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    internal Task<RkectlRun> RunAsync(string gateway, params string[] arguments) => Rkectl.RunProgramAsync(
        _folder["rkectl"],
        arguments,
        environment: [("RKE_GATEWAY", gateway), ("DOTNET_ROOT", "/nonexistent"), ("PATH", "/nonexistent")]);
}
