using System.Text.RegularExpressions;

namespace Rke.Examples.Tests;

/// <summary>Each example makes a session through a gateway with the command of its README, and repeats a call that failed.</summary>
public sealed partial class ExampleTests(ReceivingGateway gateway) : IClassFixture<ReceivingGateway>
{
    public static TheoryData<string> Languages => [.. Directory
        .EnumerateDirectories(Repository.PathOf("examples"))
        .Where(folder => File.Exists(Path.Combine(folder, "run")))
        .Select(folder => Path.GetFileName(folder))
        .Order()];

    [Theory, MemberData(nameof(Languages))]
    public async Task An_example_prints_what_its_readme_shows(string language)
    {
        PrepareNodePackages();
        var readme = Repository.Read($"examples/{language}/README.md");
        Assert.Contains($"\nexamples/{language}/run 127.0.0.1:5001 127.0.0.1:7500\n", readme, StringComparison.Ordinal);
        await using var proxy = await UnavailableOnce.StartAsync(gateway.Process.Grpc);
        var output = await ToolRun.OutputAsync(
            Repository.PathOf("examples", language, "run"), [proxy.Address, gateway.Listener], environment: NodeTools.Environment);
        Assert.Equal(SessionId().Replace(Shown().Match(readme).Groups["text"].Value, "#"), SessionId().Replace(output, "#"));
        Assert.Single(SessionId().Matches(output).Select(match => match.Value).Distinct());
        Assert.Equal(2, proxy.Attempts);
    }

    // tests/setup has installed the packages that the example would install.
    private static void PrepareNodePackages()
    {
        var link = Repository.PathOf("examples/typescript/node_modules");
        if (!Path.Exists(link))
        {
            File.CreateSymbolicLink(link, "../../tests/polyglot/node/node_modules");
        }
    }

    [GeneratedRegex("(?<=: )[0-9a-f]{32}", RegexOptions.None, 1000)]
    private static partial Regex SessionId();

    [GeneratedRegex("^```text\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Shown();
}

/// <summary>A gateway that receives Signals, as the READMEs start it.</summary>
public sealed class ReceivingGateway : IAsyncLifetime
{
    public GatewayProcess Process { get; private set; } = null!;

    /// <summary>Host and port of the listener for Signals.</summary>
    public string Listener { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        Process = await GatewayProcess.StartAsync("--Rke:Signal:Listen=127.0.0.1:0");
        Listener = await Process.SignalListenerAsync();
    }

    public ValueTask DisposeAsync() => Process.DisposeAsync();
}
