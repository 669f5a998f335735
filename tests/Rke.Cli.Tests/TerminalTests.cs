using Google.Protobuf;
using Grpc.Core;
using Rke.V1;

namespace Rke.Cli.Tests;

/// <summary>Colours on a terminal, plain text elsewhere, and text from outside that is not interpreted.</summary>
public class TerminalTests
{
    private const string Hostile = "[red]a[/] [[ \e[31mb\u202Ec";
    private const string Shown = "[red]a[/] [[ \uFFFD[31mb\uFFFDc";

    [Fact]
    public async Task Errors_have_colours_only_on_a_terminal()
    {
        await using var server = await GatewayServer.StartAsync();
        server.Answer = (_, _) => throw GatewayServer.Error(StatusCode.NotFound, "KEY_NOT_FOUND", Hostile);
        var run = await server.RunAsync("lookup", "example.com");
        Assert.Equal(["", $"rkectl: {Shown} [KEY_NOT_FOUND]"], [run.Expect(4).Out, run.Error.Split('\n')[0]]);
        Assert.DoesNotContain('\e', run.Error);

        run = await Rkectl.RunOnTerminalAsync([("RKE_GATEWAY", server.Address)], "lookup", "example.com");
        Assert.Matches(@"\e\[[0-9;]+mrkectl: ", run.Expect(4).Out);
        Assert.Equal($"rkectl: {Shown} [KEY_NOT_FOUND]", Screen.Show(run.Out).Rows[0]);
        Assert.DoesNotContain("\e[31mb", run.Out);
    }

    [Theory]
    [InlineData("NO_COLOR", "1")]
    [InlineData("TERM", "dumb")]
    public async Task The_environment_can_turn_colours_off(string name, string value)
    {
        await using var server = await GatewayServer.StartAsync();
        server.Answer = (_, _) => Task.FromResult<IMessage>(new LookupResponse { Unreadable = { Hostile } });
        var run = await Rkectl.RunOnTerminalAsync([("RKE_GATEWAY", server.Address), (name, value)], "lookup", "example.com");
        Assert.DoesNotMatch(@"\e\[[0-9;]*m", run.Expect(0).Out);
        Assert.Contains($"unreadable   {Shown}", Screen.Show(run.Out).Rows);
    }

    [Fact]
    public async Task Long_lines_do_not_wrap_without_a_terminal()
    {
        await using var server = await GatewayServer.StartAsync();
        var text = string.Join(' ', Enumerable.Repeat("word", 500));
        server.Answer = (_, _) => Task.FromResult<IMessage>(new LookupResponse { Unreadable = { text } });
        var run = await server.RunAsync("lookup", "example.com");
        Assert.Contains($"unreadable   {text}\n", run.Expect(0).Out);
        Assert.All(run.Out.Split('\n'), line => Assert.Equal(line.TrimEnd(), line));
    }
}
