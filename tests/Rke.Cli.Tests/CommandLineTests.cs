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
    [InlineData("doctor", "--resolver")]
    [InlineData("session accept", "file descriptor 3")]
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

    [Fact]
    public void Every_command_has_examples_that_can_be_parsed()
    {
        var root = Program.CreateRoot(Terminal.Standard(), isJson: false);
        Assert.All(PathsOf(root), path =>
        {
            var examples = Examples.Of(path);
            Assert.NotEmpty(examples);
            foreach (var example in examples.Where(example => example.StartsWith("rkectl ", StringComparison.Ordinal)))
            {
                Assert.StartsWith(path == "rkectl" ? "rkectl " : path, example, StringComparison.Ordinal);
                Assert.Empty(root.Parse(example["rkectl ".Length..].Replace('\'', '"')).Errors);
            }
        });

        static IEnumerable<string> PathsOf(System.CommandLine.Command command, string parent = "")
        {
            var path = parent.Length == 0 ? "rkectl" : $"{parent} {command.Name}";
            return command.Subcommands.SelectMany(sub => PathsOf(sub, path)).Prepend(path);
        }
    }

    [Theory]
    [InlineData("session", "accept")]
    [InlineData("doctor")]
    [InlineData]
    public async Task Help_of_a_command_is_the_same_as_its_option(params string[] command)
    {
        var help = (await Rkectl.RunAsync(["help", .. command])).Expect(0).Out;
        Assert.Equal((await Rkectl.RunAsync([.. command, "--help"])).Expect(0).Out, help);
        Assert.Contains($"Examples:\n  rkectl {string.Join(' ', command)}", help, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'sesion' is not a command or an argument of 'rkectl'. Did you mean 'session'?", "sesion", "list")]
    [InlineData("'lst' is not a command or an argument of 'rkectl session'. Did you mean 'list'?", "session", "lst")]
    [InlineData("'--riada' is not an option of 'rkectl post'. Did you mean '--raida'?", "post", "--riada", "3")]
    [InlineData("'--jsn' is not an option of 'rkectl status'. Did you mean '--json'?", "status", "--jsn")]
    [InlineData("'clam' is not a command or an argument of 'rkectl help'. Did you mean 'claim'?", "help", "session", "clam")]
    [InlineData("'nothing' is not a command or an argument of 'rkectl'.", "nothing")]
    [InlineData("'rkectl session' needs a command: initiate, accept, list, ", "session")]
    [InlineData("'rkectl' needs a command: post, ")]
    [InlineData("--raida must be a whole number from 0 to 4294967295.", "post", "--raida", "x", "--random", "8")]
    [InlineData("--first-serial must be a whole number from 0 to 4294967295.", "keys", "make", "f", "--first-serial", "-1")]
    [InlineData("--denomination must be a whole number from -128 to 127.", "keys", "make", "f", "--denomination", "200")]
    [InlineData("<domain> is missing.", "lookup")]
    [InlineData("--gateway needs a value.", "status", "--gateway")]
    [InlineData("\uFFFD[31m", "\e[31m")]
    public async Task A_wrong_command_line_says_what_is_wrong(string message, params string[] command)
    {
        var run = await Rkectl.RunAsync(command);
        Assert.Contains(message, run.Expect(2).Error, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"System\.|Exception|Required c", run.Error);
        Assert.DoesNotContain(run.Error, letter => char.IsControl(letter) && letter != '\n');
        Assert.Contains("--help'.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ids_of_sessions_are_completed()
    {
        await using var server = await GatewayServer.StartAsync();
        server.Answer = (request, _) => Task.FromResult<Google.Protobuf.IMessage>(new Rke.V1.ListSessionsResponse
        {
            Sessions =
            {
                new Rke.V1.Session { SessionId = Google.Protobuf.ByteString.CopyFrom([0xab, .. new byte[15]]) },
                new Rke.V1.Session { SessionId = Google.Protobuf.ByteString.CopyFrom([0xcd, .. new byte[15]]) },
            },
        });
        const string Line = "rkectl session claim ab0";
        var run = await server.RunAsync($"[suggest:{Line.Length}]", Line);
        Assert.Equal($"ab{new string('0', 30)}", run.Expect(0).Out.Trim());
        Assert.Equal([Rke.V1.Session.Types.State.Waiting], ((Rke.V1.ListSessionsRequest)server.Request!).States);

        // A gateway that does not answer must not disturb the shell.
        run = await Rkectl.RunAsync("", [("RKE_GATEWAY", "http://127.0.0.1:1")], $"[suggest:{Line.Length}]", Line);
        Assert.Equal("", run.Expect(0).Error);
    }
}
