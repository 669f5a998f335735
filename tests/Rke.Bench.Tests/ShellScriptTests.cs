namespace Rke.Bench.Tests;

/// <summary>shellcheck finds no mistake in the shell scripts of the repository.</summary>
public sealed class ShellScriptTests
{
    [Fact]
    public async Task Shellcheck_finds_nothing()
    {
        var files = await ToolRun.OutputAsync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
        var scripts = files.Split('\0', StringSplitOptions.RemoveEmptyEntries).Where(IsBash).ToList();
        Assert.Contains("tests/run", scripts);
        Assert.Contains("tests/bench/common", scripts);

        var run = await ToolRun.RunAsync("shellcheck", ["--external-sources", "--severity=warning", .. scripts]);

        Assert.True(run.ExitCode == 0, run.All);
    }

    private static bool IsBash(string path)
    {
        var file = new FileInfo(Repository.PathOf(path));
        if (!file.Exists || file.Extension.Length > 0)
        {
            return false;
        }

        using var reader = file.OpenText();
        return reader.ReadLine() is { } first
            && (first == "#!/usr/bin/env bash" || first.StartsWith("# shellcheck shell=bash", StringComparison.Ordinal));
    }
}
