namespace Rke.Bench.Tests;

/// <summary>
/// Each script of tests/bench runs with few calls, so that it works when somebody needs it. No test looks at a time. The scripts
/// check that calls succeed and return the right part.
/// </summary>
public sealed class BenchScriptTests
{
    [Theory]
    [InlineData("run", "call", 8, "CALLS=200", "ROUNDS=1")]
    [InlineData("profile", "profile", 5, "CALLS=500")]
    [InlineData("settings", "settings", 7, "CALLS=200", "ROUNDS=1", "RATE=300", "SECONDS_EACH=1")]
    [InlineData("translation", "translation", 4, "CALLS=1000", "ROUNDS=1")]
    [InlineData("latency", "latency", 7, "CALLS=1000", "ROUNDS=1", "SECONDS_EACH=1")]
    [InlineData("memory", "memory", 4, "RATE=500", "SECONDS_EACH=8")]
    [InlineData("scale", "scale", 7, "CALLS=200", "ROUNDS=1", "MOST_COINS=100")]
    [InlineData("lost", "lost", 2, "MOST_IN_FLIGHT=500")]
    [InlineData("watchers", "watchers", 4, "STREAMS=200")]
    [InlineData("sessions", "sessions", 8, "SESSIONS=20")]
    [InlineData("replicas", "replicas", 3, "CALLS=250", "ROUNDS=1")]
    [InlineData("micro", "micro", 14, "DRY=1")]
    public async Task Each_script_writes_its_table(string script, string block, int rows, params string[] sizes)
    {
        var text = await BenchScript.RunAsync(script, block, sizes);

        Assert.StartsWith($"`tests/bench/{script}`: ", text, StringComparison.Ordinal);
        var table = BenchScript.Rows(text);
        Assert.True(table.Length >= rows, text);
        Assert.All(table.Skip(1), row => Assert.Matches("[0-9]", row[1]));
    }

    [Fact]
    public async Task The_time_to_ready_is_measured()
    {
        var program = Repository.PathOf("gateway", "bin", "Release", "net10.0", "Rke.Gateway");

        var text = await BenchScript.RunAsync("start", "start", "STARTS=1", $"PROGRAM={program}");

        Assert.Contains("| from the start of the process to ready | ", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_script_has_a_test()
    {
        // The native build takes minutes. Its parts are those of the other scripts.
        string[] untested = ["common", "native"];
        var tested = typeof(BenchScriptTests).GetMethod(nameof(Each_script_writes_its_table))!.GetCustomAttributes(inherit: false)
            .OfType<InlineDataAttribute>().Select(attribute => (string)attribute.Data[0]!);

        Assert.Equal(
            Directory.EnumerateFiles(BenchScript.Folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal),
            tested.Concat(untested).Concat(["start", "syscalls"]).Order(StringComparer.Ordinal));
    }
}
