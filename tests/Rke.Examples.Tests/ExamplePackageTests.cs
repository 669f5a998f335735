using System.Text.RegularExpressions;

namespace Rke.Examples.Tests;

/// <summary>The tests have the packages that the examples install.</summary>
public partial class ExamplePackageTests
{
    [Fact]
    public void The_TypeScript_example_has_the_packages_that_the_tests_have()
    {
        var tested = Repository.Read("tests/polyglot/node/package.json");
        var packages = Package().Matches(Repository.Read("examples/typescript/package.json")).Select(match => match.Value).ToList();
        Assert.NotEmpty(packages);
        Assert.All(packages, package => Assert.Contains(package, tested, StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(ExampleTests.Languages), MemberType = typeof(ExampleTests))]
    public void A_readme_installs_the_Debian_packages_that_the_tests_install(string language)
    {
        var installed = Repository.Read("tests/setup").Split((char[])[' ', '\n', '\''], StringSplitOptions.RemoveEmptyEntries);
        var lines = Repository.Read($"examples/{language}/README.md").Replace(" \\\n ", "", StringComparison.Ordinal).Split('\n')
            .Where(line => line.StartsWith("sudo apt-get install ", StringComparison.Ordinal));
        Assert.All(lines, line => Assert.Empty(line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(3).Except(installed)));
    }

    [GeneratedRegex("\"@?[a-z/-]+\": \"[0-9.]+\"", RegexOptions.None, 1000)]
    private static partial Regex Package();
}
