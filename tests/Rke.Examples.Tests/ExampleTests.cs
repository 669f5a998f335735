using System.Text.RegularExpressions;

namespace Rke.Examples.Tests;

/// <summary>Each example makes a session through a gateway with the command of its README, and repeats a call that failed.</summary>
public sealed partial class ExampleTests : IAsyncLifetime
{
    private GatewayProcess? _gateway;
    private UnavailableOnce? _proxy;

    public static TheoryData<string> Languages => [.. Directory
        .EnumerateDirectories(Repository.PathOf("examples"))
        .Where(folder => File.Exists(Path.Combine(folder, "run")))
        .Select(folder => Path.GetFileName(folder))
        .Order()];

    public async ValueTask InitializeAsync()
    {
        _gateway = await GatewayProcess.StartAsync("--Rke:Signal:Listen=127.0.0.1:0");
        _proxy = await UnavailableOnce.StartAsync(_gateway.Grpc);
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy!.DisposeAsync();
        await _gateway!.DisposeAsync();
    }

    [Theory, MemberData(nameof(Languages))]
    public async Task An_example_prints_what_its_readme_shows(string language)
    {
        PrepareNodePackages();
        var readme = Repository.Read($"examples/{language}/README.md");
        Assert.Contains($"\nexamples/{language}/run 127.0.0.1:5001 127.0.0.1:7500\n", readme, StringComparison.Ordinal);
        var listener = await _gateway!.SignalListenerAsync();
        var output = await ToolRun.OutputAsync(
            Repository.PathOf("examples", language, "run"), [_proxy!.Address, listener], environment: NodeTools.Environment);
        Assert.Equal(SessionId().Replace(Shown().Match(readme).Groups["text"].Value, "#"), SessionId().Replace(output, "#"));
        Assert.Single(SessionId().Matches(output).Select(match => match.Value).Distinct());
        Assert.Equal(2, _proxy.Attempts);
    }

    [Fact]
    public void The_TypeScript_example_has_the_packages_that_the_tests_have()
    {
        var tested = Repository.Read("tests/polyglot/node/package.json");
        var packages = Package().Matches(Repository.Read("examples/typescript/package.json")).Select(match => match.Value).ToList();
        Assert.NotEmpty(packages);
        Assert.All(packages, package => Assert.Contains(package, tested, StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(Languages))]
    public void A_readme_installs_the_Debian_packages_that_the_tests_install(string language)
    {
        var installed = Repository.Read("tests/setup").Split((char[])[' ', '\n', '\''], StringSplitOptions.RemoveEmptyEntries);
        var lines = Repository.Read($"examples/{language}/README.md").Replace(" \\\n ", "", StringComparison.Ordinal).Split('\n')
            .Where(line => line.StartsWith("sudo apt-get install ", StringComparison.Ordinal));
        Assert.All(lines, line => Assert.Empty(line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(3).Except(installed)));
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

    [GeneratedRegex("\"@?[a-z/-]+\": \"[0-9.]+\"", RegexOptions.None, 1000)]
    private static partial Regex Package();
}
