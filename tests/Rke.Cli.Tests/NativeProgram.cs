namespace Rke.Cli.Tests;

/// <summary>Publishes rkectl as a native program and as a .NET tool, in this order: both builds use the same folders.</summary>
public sealed class NativeProgram : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    public async ValueTask InitializeAsync()
    {
        // Warnings are errors, including warnings about trimming and native compilation.
        await BuildAsync("publish", "cli", "--runtime", "linux-x64", "--output", _folder["native"]);
        Files = Directory.GetFiles(_folder["native"]).Select(file => Path.GetFileName(file)).ToArray();
        await BuildAsync("pack", "cli", "--output", _folder["packages"]);
        (await Rkectl.RunProgramAsync(
            "dotnet",
            ["tool", "install", "rkectl", "--tool-path", _folder["tool"], "--source", _folder["packages"]])).Expect(0);
    }

    /// <summary>The names of the published files.</summary>
    public IReadOnlyList<string> Files { get; private set; } = [];

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    internal Task<RkectlRun> RunAsync(string gateway, params string[] arguments) => Rkectl.RunProgramAsync(
        Path.Combine(_folder["native"], "rkectl"),
        arguments,
        environment: [("RKE_GATEWAY", gateway), ("DOTNET_ROOT", "/nonexistent"), ("PATH", "/nonexistent")]);

    internal Task<RkectlRun> RunToolAsync(string gateway, params string[] arguments) => Rkectl.RunProgramAsync(
        Path.Combine(_folder["tool"], "rkectl"), arguments, environment: [("RKE_GATEWAY", gateway)]);

    // A build server that keeps running would keep standard output open.
    private static async Task BuildAsync(params string[] arguments) => (await Rkectl.RunProgramAsync(
        "dotnet",
        [.. arguments, "--configuration", "Release", "--nologo", "-nodeReuse:false", "-p:UseSharedCompilation=false"])).Expect(0);
}
