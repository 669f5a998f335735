namespace Rke.Cli.Tests;

/// <summary>rkectl as a native program and as a .NET tool, built in this order: both builds use the same folders.</summary>
public sealed class NativeProgram : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private string _program = "";

    public async ValueTask InitializeAsync()
    {
        _program = await Rkectl.ProgramAsync();
        Files = [.. Directory.GetFiles(Rkectl.Folder).Select(file => Path.GetFileName(file))];
        await Rkectl.BuildAsync("pack", "cli", "--output", _folder["packages"]);
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
        _program,
        arguments,
        environment: [("RKE_GATEWAY", gateway), ("DOTNET_ROOT", "/nonexistent"), ("PATH", "/nonexistent")]);

    internal Task<RkectlRun> RunToolAsync(string gateway, params string[] arguments) => Rkectl.RunProgramAsync(
        Path.Combine(_folder["tool"], "rkectl"), arguments, environment: [("RKE_GATEWAY", gateway)]);
}
