namespace Rke.Cli.Tests;

public class CommandLineTests
{
    [Fact]
    public async Task Prints_the_version() =>
        Assert.Matches(@"^\d+\.\d+\.\d+", (await Rkectl.RunAsync("--version")).Expect(0).Out);

    [Theory]
    [InlineData("post", "--random")]
    [InlineData("get", "--hash")]
    [InlineData("signal", "--part")]
    [InlineData("lookup", "<domain>")]
    [InlineData("keys make", "--first-serial")]
    [InlineData("keys show", "<file>")]
    [InlineData("frame encode", "standard input")]
    [InlineData("frame decode", "--request-frame")]
    public async Task Every_command_has_help(string command, string word)
    {
        var run = await Rkectl.RunAsync([.. command.Split(' '), "--help"]);
        Assert.Contains(word, run.Expect(0).Out);
        Assert.Contains("--json", run.Out);
        Assert.Equal("", run.Error);
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _rkectl rkectl")]
    [InlineData("zsh", "compdef _rkectl rkectl")]
    [InlineData("fish", "complete -c rkectl")]
    public async Task Completion_prints_a_script_and_suggests_commands(string shell, string line)
    {
        Assert.Contains(line, (await Rkectl.RunAsync("completion", shell)).Expect(0).Out);
        Assert.Equal(
            ["decode", "encode"],
            (await Rkectl.RunAsync("[suggest:13]", "rkectl frame ")).Expect(0).Out.Split('\n').Where(word => char.IsLetter(word.FirstOrDefault())).Order());
    }
}
