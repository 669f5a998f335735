using System.Diagnostics;

namespace Rke.Architecture.Tests.Scanning;

/// <summary>The working tree that these tests were built from.</summary>
internal static class Repository
{
    private static readonly Lazy<IReadOnlyList<string>> LazyFiles = new(ListFiles);

    public static string Root => Testing.Repository.Root;

    /// <summary>The paths of all files that git tracks or would add, relative to the root and with '/'.</summary>
    public static IReadOnlyList<string> Files => LazyFiles.Value;

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    public static IEnumerable<ProjectFile> Projects() =>
        Files.Where(path => path.EndsWith(".csproj", StringComparison.Ordinal))
            .Select(path => ProjectFile.Parse(path, Read(path)));

    /// <summary>Runs a tool in the root and returns its output. Throws if the tool fails.</summary>
    public static string Run(string tool, params string[] arguments) => RunExpecting(exitCode: 0, tool, arguments);

    /// <summary>Runs a tool in the root and returns its output. Throws if the exit code is different.</summary>
    public static string RunExpecting(int exitCode, string tool, params string[] arguments)
    {
        var start = new ProcessStartInfo(tool, arguments)
        {
            WorkingDirectory = Root,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{tool} did not start");
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == exitCode
            ? output
            : throw new InvalidOperationException(
                $"{tool} {string.Join(' ', arguments)}: exit code {process.ExitCode}: {errors.Result}{output}");
    }

    private static string[] ListFiles() =>
        Run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
            .Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Where(path => File.Exists(Path.Combine(Root, path)))
            .ToArray();
}
