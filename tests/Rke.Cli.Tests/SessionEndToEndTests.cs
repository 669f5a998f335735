using System.Text.Json.Nodes;

namespace Rke.Cli.Tests;

/// <summary>rkectl session against a gateway process that signals to itself.</summary>
public sealed class SessionEndToEndTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Initiates_watches_shows_and_claims_a_session()
    {
        using var folder = new TemporaryFolder();
        await using var gateway = await LocalGateway.StartAsync();
        var (address, listener) = (gateway.Address, gateway.Listener);

        var run = await RunAsync(address, "initiate", listener, "--save-key", folder["initiator"], "--format", "raw");
        var lines = run.Expect(0).Out.Split('\n');
        Assert.DoesNotContain('\e', run.Out);
        Assert.Matches("^ *[0-9.]+ ms  looked up        25 key servers, parts of 8 \\+ 8 \\+ 8 \\+ 8 bytes$", lines[0]);
        var steps = lines.TakeWhile(line => line.Length > 0).ToArray();
        for (var part = 0; part < 4; part++)
        {
            Assert.Contains(steps, line => line.Contains($"part sent        part {part} to key server "));
            Assert.Contains(steps, line => line.Contains($"part posted      part {part} on key server "));
        }

        Assert.EndsWith("signalled        4 parts", steps[^2]);
        Assert.EndsWith($"used             parts 0, 1, 2, 3 by {listener}", steps[^1]);

        run = await RunAsync(address, "watch", "--count", "1", "--consumer", "me", "--json");
        var watched = JsonNode.Parse(run.Expect(0).Out)!;
        var id = watched.Text("session_id");
        Assert.Equal("waiting", watched.Text("state"));
        Assert.Contains(id, string.Join('\n', lines));
        Assert.Equal("waiting", (await RunAsync(address, "show", id, "--json")).Expect(0).OutJson.Text("state"));

        run = await RunAsync(address, "claim", id, "--save-key", folder["receiver"], "--format", "raw", "--json");
        Assert.Equal("claimed", run.Expect(0).OutJson.Text("state"));
        Assert.Contains(run.OutJson.Text("key_fingerprint"), string.Join('\n', lines));
        var key = await File.ReadAllBytesAsync(folder["initiator"], Cancelled);
        Assert.Equal((32, (byte)0xFF), (key.Length, key[^1]));
        Assert.Equal(key, await File.ReadAllBytesAsync(folder["receiver"], Cancelled));

        run = await RunAsync(address, "claim", id, "--save-key", folder["second"], "--json");
        Assert.NotEqual(0, run.ExitCode);
        Assert.Equal("SESSION_NOT_WAITING", run.ErrorJson.Text("reason"));
        Assert.False(File.Exists(folder["second"]));
    }

    [Fact]
    public async Task Shows_the_progress_of_a_session_as_a_table_on_a_terminal()
    {
        await using var gateway = await LocalGateway.StartAsync();
        var (address, listener) = (gateway.Address, gateway.Listener);
        var run = await Rkectl.RunOnTerminalAsync([("RKE_GATEWAY", address)], "session", "initiate", listener);
        var rows = Screen.Show(run.Expect(0).Out).Rows;
        Assert.Matches("^looked up +[0-9.]+ ms  25 key servers, parts of 8 \\+ 8 \\+ 8 \\+ 8 bytes$", rows[0]);
        for (var part = 0; part < 4; part++)
        {
            Assert.Matches($"^part {part} .* 8 bytes  key server [0-9]+ +posted at 127.0.0.1:[0-9]+", rows[1 + part]);
        }

        Assert.EndsWith("4 parts", rows[5]);
        Assert.EndsWith($"parts 0, 1, 2, 3 by {listener}", rows[6]);

        var watched = JsonNode.Parse((await RunAsync(address, "watch", "--count", "1", "--json")).Expect(0).Out)!;
        (await RunAsync(address, "close", watched.Text("session_id"))).Expect(0);
        Assert.Equal("closed", (await RunAsync(address, "show", watched.Text("session_id"), "--json")).OutJson.Text("state"));
    }

    private static Task<RkectlRun> RunAsync(string gateway, params string[] arguments) =>
        Rkectl.RunAsync("", [("RKE_GATEWAY", gateway)], ["session", .. arguments]);
}
