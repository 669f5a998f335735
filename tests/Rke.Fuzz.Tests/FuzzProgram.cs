namespace Rke.Fuzz.Tests;

/// <summary>Runs the fuzzer as a program, with a folder for its findings.</summary>
internal sealed class FuzzProgram : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rke-fuzz-");

    public static Task<ToolRun> RunAsync(params IEnumerable<string> arguments) =>
        ToolRun.RunAsync("dotnet", [Path.Combine(AppContext.BaseDirectory, "Rke.Fuzz.dll"), .. arguments]);

    /// <summary>Fuzzes a target.</summary>
    public Task<ToolRun> FuzzAsync(string target, params IEnumerable<string> options) =>
        RunAsync([target, "--folder", _folder.FullName, .. options]);

    /// <summary>The files with the inputs for which a target failed.</summary>
    public IReadOnlyList<string> FindingsOf(string target) =>
        [.. Directory.EnumerateFiles(Path.Combine(_folder.FullName, target))];

    public void Dispose() => _folder.Delete(recursive: true);
}
