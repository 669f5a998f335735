namespace Rke.Readme.Tests;

/// <summary>The README's first calls are the examples, and the examples run.</summary>
public class FirstCallTests(RunningGateway gateway) : IClassFixture<RunningGateway>
{
    [Theory]
    [InlineData("examples/csharp/FirstCall.cs", "csharp")]
    [InlineData("examples/python/first_call.py", "python")]
    [InlineData("examples/node/first_call.js", "js")]
    public void The_readme_shows_the_example_word_for_word(string path, string language) =>
        Assert.Contains($"```{language}\n{Repository.Read(path)}```", Repository.Read("README.md"), StringComparison.Ordinal);

    [Fact]
    public Task A_first_call_from_csharp() => CheckAsync(
        "dotnet", Path.Combine(AppContext.BaseDirectory, "Rke.Examples.FirstCall.dll"), $"http://{gateway.Address}");

    [Fact]
    public Task A_first_call_from_python() => CheckAsync("/usr/bin/python3", "examples/python/first_call.py", gateway.Address);

    [Fact]
    public Task A_first_call_from_node() => CheckAsync("node", "examples/node/first_call.js", gateway.Address);

    private static async Task CheckAsync(string program, params string[] arguments)
    {
        var printed = await ToolRun.OutputAsync(program, arguments, environment: Stubs.Environment);
        Assert.Contains("got the same back: true", printed, StringComparison.OrdinalIgnoreCase);
    }
}
