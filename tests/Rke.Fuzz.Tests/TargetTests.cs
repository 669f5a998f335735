using System.Globalization;
using System.Text.RegularExpressions;

namespace Rke.Fuzz.Tests;

/// <summary>Runs each target for some seconds. <c>tests/full/fuzz</c> runs them longer.</summary>
public sealed partial class TargetTests : IDisposable
{
    private readonly FuzzProgram _program = new();

    /// <summary>The targets, and numbers of executions that take one or two seconds on an idle machine.</summary>
    public static TheoryData<string, int> Targets => new()
    {
        { "request-rke", 100_000 },
        { "request-raidax", 100_000 },
        { "response-rke", 100_000 },
        { "response-raidax", 100_000 },
        { "signal", 50_000 },
        { "key-file", 10_000 },
        { "sealing-keys", 50_000 },
        { "dns-reply", 30_000 },
        { "host", 50_000 },
        { "membership", 3000 },
        { "forwarded-certificate", 10_000 },
        { "policy", 5000 },
        { "key-set", 300 },
        { "token", 2000 },
        { "session-cursor", 50_000 },
        { "http2-reader", 3000 },
    };

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task A_target_has_its_properties_for_all_inputs(string target, int executions)
    {
        var run = await _program.FuzzAsync(target, "--executions", $"{executions}");

        Assert.True(run.ExitCode == 0, run.All);
        TestContext.Current.SendDiagnosticMessage(run.Output.Trim());
        var summary = Summary().Match(run.Output);
        Assert.True(summary.Success, run.All);
        Assert.Equal($"{executions}", summary.Groups["executions"].Value);

        // Without instrumentation there are no edges.
        Assert.InRange(int.Parse(summary.Groups["edges"].Value, CultureInfo.InvariantCulture), 10, int.MaxValue);
    }

    [Fact]
    public async Task The_gateway_survives_generated_sequences_of_frames()
    {
        var run = await _program.FuzzAsync("http2", "--executions", "400");

        Assert.True(run.ExitCode == 0, run.All);
        var summary = ConnectionSummary().Match(run.Output);
        Assert.True(summary.Success, run.All);

        // Without valid frames, no sequence reaches a call.
        Assert.InRange(int.Parse(summary.Groups["calls"].Value, CultureInfo.InvariantCulture), 100, int.MaxValue);
        TestContext.Current.SendDiagnosticMessage(run.Output.Trim());
    }

    [Fact]
    public async Task The_tests_run_all_targets()
    {
        var run = await FuzzProgram.RunAsync("list");

        Assert.Equal(
            [.. Targets.Select(row => row.Data.Item1).Append("http2").Order(StringComparer.Ordinal)],
            run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    public void Dispose() => _program.Dispose();

    [GeneratedRegex("[0-9]+ connections, (?<calls>[0-9]+) calls.*no failures", RegexOptions.ExplicitCapture)]
    private static partial Regex ConnectionSummary();

    [GeneratedRegex("(?<executions>[0-9]+) executions, (?<edges>[0-9]+) edges.*no failures", RegexOptions.ExplicitCapture)]
    private static partial Regex Summary();
}
