using System.Text.Json;

namespace Rke.Readme.Tests;

/// <summary>The README shows the examples, and installs what they need.</summary>
public class FirstCallTests
{
    [Theory]
    [InlineData("examples/csharp/FirstCall.cs", "csharp")]
    [InlineData("examples/python/first_call.py", "python")]
    [InlineData("examples/node/first_call.js", "js")]
    public void The_readme_shows_the_example_word_for_word(string path, string language) =>
        Assert.Contains($"```{language}\n{Repository.Read(path)}```", Repository.Read("README.md"), StringComparison.Ordinal);

    [Fact]
    public void The_readme_installs_the_Debian_packages_that_the_tests_install()
    {
        var line = Assert.Single(
            Repository.Read("README.md").Split('\n'), line => line.StartsWith("sudo apt-get install ", StringComparison.Ordinal));
        var installed = Repository.Read("tests/setup").Split((char[])[' ', '\n', '\''], StringSplitOptions.RemoveEmptyEntries);
        Assert.Empty(line.Split(' ').Skip(3).Except(installed));
    }

    [Fact]
    public void The_Node_example_has_the_packages_that_the_tests_have()
    {
        var tested = Packages("tests/polyglot/node/package.json");
        Assert.All(Packages("examples/node/package.json"), package => Assert.Contains(package, tested));
    }

    private static List<string> Packages(string path)
    {
        using var document = JsonDocument.Parse(Repository.Read(path));
        return [.. document.RootElement.GetProperty("dependencies").EnumerateObject().Select(package => $"{package}")];
    }
}
