using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests;

/// <summary>
/// The analyzer ignores a line with an unknown symbol, and a project without a list has no rules. These tests therefore
/// compile a program that uses each banned symbol, with the analyzers and the lists of a real project.
/// </summary>
public sealed partial class BannedSymbolsTests
{
    private const string Product = "BannedSymbols.txt";

    private static readonly string Samples = Path.Combine(Repository.Root, "tests", "Rke.Architecture.Tests", "Banned");

    [Theory]
    [InlineData("gateway/Rke.Gateway.csproj", "Product.cs", Product)]
    [InlineData("tests/Rke.Wire.Tests/Rke.Wire.Tests.csproj", "Tests.cs", "tests/BannedSymbols.txt")]
    [InlineData("udp-bridge/Rke.UdpBridge/Rke.UdpBridge.csproj", "UdpBridge.cs", "udp-bridge/Rke.UdpBridge/BannedSymbols.txt")]
    [InlineData("udp-bridge/Rke.Wire/Rke.Wire.csproj", "Wire.cs", "udp-bridge/Rke.Wire/BannedSymbols.txt")]
    public void Every_line_of_a_list_is_an_error_in_its_project(string project, string sample, string list)
    {
        var reported = Reported(project, sample, "Product.cs");

        Assert.Equal(Entries(list).Count(), reported[sample].Distinct().Count());
        Assert.Equal(sample != "Tests.cs", reported["Product.cs"].Contains("DateTime.UtcNow"));
    }

    [Theory]
    [InlineData("raida/Rke.Raida.csproj")]
    [InlineData("cli/Rke.Cli.csproj")]
    public void Other_product_projects_have_the_list_of_product_code(string project) =>
        Assert.Equal(Entries(Product).Count(), Reported(project, "Product.cs")["Product.cs"].Distinct().Count());

    [Theory]
    [InlineData(Product)]
    [InlineData("tests/BannedSymbols.txt")]
    public void Every_line_has_an_explanation(string list) =>
        Assert.All(Entries(list), line => Assert.Matches(@"^[PMTN]:\S[^;]*;\S", line));

    private static IEnumerable<string> Entries(string list) =>
        Repository.Read(list).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.StartsWith("//", StringComparison.Ordinal));

    /// <summary>
    /// The banned symbols that the compiler reports in each sample, with the analyzers and lists of a project.
    /// </summary>
    private static ILookup<string, string> Reported(string project, params string[] samples)
    {
        var facts = JsonNode.Parse(Repository.Run(
            "dotnet", "msbuild", project, "-t:ResolveLockFileAnalyzers", "-getItem:Analyzer,AdditionalFiles",
            "-getProperty:RoslynTargetsPath"))!;
        var folder = Directory.CreateTempSubdirectory("rke-banned-");
        try
        {
            var output = Repository.RunExpecting(
                exitCode: 1,
                "dotnet",
                [
                    Path.Combine((string)facts["Properties"]!["RoslynTargetsPath"]!, "bincore", "csc.dll"),
                    "-nologo", "-noconfig", "-target:library", "-nullable:enable", $"-out:{folder.FullName}/sample.dll",
                    $"-analyzerconfig:{Path.Combine(Repository.Root, ".editorconfig")}",
                    .. Identities(facts, "Analyzer").Where(path => path.Contains("BannedApiAnalyzers", StringComparison.Ordinal))
                        .Select(path => $"-analyzer:{path}"),
                    .. Identities(facts, "AdditionalFiles").Select(path => $"-additionalfile:{path}"),
                    .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
                        .Where(path => !Path.GetFileName(path).StartsWith("Rke", StringComparison.Ordinal))
                        .Select(path => $"-reference:{path}"),
                    .. samples.Append("Usings.cs").Distinct().Select(name => Path.Combine(Samples, name)),
                ]);
            Assert.DoesNotContain("error CS", output, StringComparison.Ordinal);
            return Banned().Matches(output).ToLookup(match => match.Groups["file"].Value, match => match.Groups["symbol"].Value);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IEnumerable<string> Identities(JsonNode facts, string item) =>
        facts["Items"]![item]!.AsArray().Select(entry => (string)entry!["FullPath"]!);

    [GeneratedRegex(@"(?<file>\w+\.cs)\([\d,]+\): error RS0030: The symbol '(?<symbol>[^']+)'", RegexOptions.ExplicitCapture)]
    private static partial Regex Banned();
}
