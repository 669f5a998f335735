namespace Rke.Fuzz.Tests;

/// <summary>The fuzzer finds planted faults of each kind. The faults need three bytes in a row.</summary>
public sealed class DriverTests : IDisposable
{
    // Far more than the runs need, and far less than blind guesses need for three bytes.
    private const string Budget = "300000";

    private static readonly byte[] Magic = [0xC3, 0x5A, 0x1E];

    private readonly FuzzProgram _program = new();

    [Theory]
    [InlineData("planted-exception", "exception", "This fault is planted.")]
    [InlineData("planted-property", "property", "This property is planted.")]
    [InlineData("planted-memory", "memory", "An execution allocates")]
    [InlineData("planted-slowness", "slow", "An execution takes")]
    [InlineData("planted-hang", "hang", "An execution does not end within")]
    [InlineData("planted-crash", "crash", "The process ended with code 134.")]
    public async Task A_planted_fault_is_found(string target, string kind, string reason)
    {
        var run = await _program.FuzzAsync(target, "--executions", Budget);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"{target}: FAILED: ", run.Output, StringComparison.Ordinal);
        Assert.Contains(reason, run.Output, StringComparison.Ordinal);
        var finding = Assert.Single(_program.FindingsOf(target));
        Assert.StartsWith($"{kind}-", Path.GetFileName(finding), StringComparison.Ordinal);
        var input = await File.ReadAllBytesAsync(finding, TestContext.Current.CancellationToken);
        Assert.InRange(input.AsSpan().IndexOf(Magic), 0, input.Length);
    }

    [Fact]
    public async Task A_finding_is_minimal_and_can_be_repeated()
    {
        await _program.FuzzAsync("planted-exception", "--executions", Budget);
        var finding = Assert.Single(_program.FindingsOf("planted-exception"));

        Assert.Equal(Magic, await File.ReadAllBytesAsync(finding, TestContext.Current.CancellationToken));
        var run = await FuzzProgram.RunAsync("--replay", "planted-exception", finding);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("This fault is planted.", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_seed_decides_the_run()
    {
        string[] options = ["--executions", "5000", "--seed", "7"];
        using var second = new FuzzProgram();
        using var third = new FuzzProgram();
        var run = SummaryOf(await _program.FuzzAsync("request-rke", options));

        Assert.Contains("no failures", run, StringComparison.Ordinal);
        Assert.Equal(run, SummaryOf(await second.FuzzAsync("request-rke", options)));
        Assert.NotEqual(run, SummaryOf(await third.FuzzAsync("request-rke", "--executions", "5000", "--seed", "8")));
    }

    [Fact]
    public async Task An_unknown_target_or_option_is_an_error()
    {
        Assert.Equal(2, (await FuzzProgram.RunAsync("no-target")).ExitCode);
        Assert.Equal(2, (await FuzzProgram.RunAsync("policy", "--minutes", "1")).ExitCode);
    }

    public void Dispose() => _program.Dispose();

    // The time differs.
    private static string SummaryOf(ToolRun run) => run.Output.Split('(')[0];
}
