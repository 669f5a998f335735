using System.Text;
using System.Text.Json.Nodes;

namespace Rke.Cli.Tests.Agent;

/// <summary>The file of the agent: each mistake has the path of the setting.</summary>
public sealed class AgentSettingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task All_mistakes_are_reported_with_their_paths()
    {
        var run = await StatusAsync(
            """
            {
              // A comment.
              "stateFolder": "state", "metrics": "here",
              "peers": {
                "a b": { "role": "initiator", "otherEnd": "b.example", "destinations": [] },
                "c": { "role": "boss", "otherend": "c.example", "interval": "10", "overlap": "3m", "parts": 1,
                  "destinations": [{ "type": "file", "path": "x", "format": "pem" }, { "type": "wire" }, { "type": "wireguard", "interface": 5 }] },
              },
            }
            """);
        var fields = run.Expect(3).ErrorJson["fields"]!.AsArray().Select(field => $"{field!["field"]}: {field["description"]}");
        Assert.Equal(
            [
                "metrics: The setting must be HOST:PORT, such as 127.0.0.1:9465.",
                "peers.a b.destinations: There must be at least one destination.",
                "peers.a b: The name of a peer has 1 to 64 letters, digits, dots, dashes and underscores.",
                "peers.c.destinations[0].format: The setting must be one of: hex, base64, raw, psk, openssl.",
                "peers.c.destinations[1].type: The setting must be one of: file, command, wireguard, strongswan, kubernetes-secret.",
                "peers.c.destinations[2].interface: The setting must be a text that is not empty.",
                "peers.c.destinations[2].publicKey: The setting is required.",
                "peers.c.interval: The setting must be a time from 1s to 7d, such as 2m.",
                "peers.c.otherEnd: The setting is required.",
                "peers.c.otherend: There is no such setting. Did you mean 'otherEnd'?",
                "peers.c.overlap: The overlap cannot be longer than the interval.",
                "peers.c.parts: The setting must be a number from 2 to 16.",
                "peers.c.role: The setting must be one of: initiator, receiver.",
            ],
            fields.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("", "is not JSON")]
    [InlineData("[]", "is not JSON")]
    [InlineData("""{ "stateFolder": "s", "peers": {} }""", "has wrong settings")]
    [InlineData("""{ "stateFolder": "s", "peers": 5 }""", "has wrong settings")]
    [InlineData("""{ "stateFolder": "s", "peers": { "a": 5 } }""", "has wrong settings")]
    public async Task A_file_that_is_no_settings_is_refused(string content, string expected) =>
        Assert.Contains(expected, (await StatusAsync(content)).Expect(3).Error, StringComparison.Ordinal);

    [Fact]
    public async Task Before_the_first_key_the_status_says_that_there_is_none_and_exits_with_8()
    {
        var run = await StatusAsync(Valid);
        Assert.Equal("other", run.Expect(8).OutJson.Text("peer"));
        Assert.Null(run.OutJson["key_id"]);
        Assert.False((bool)run.OutJson["applied_at_both_ends"]!);
    }

    [Fact]
    public async Task A_damaged_state_is_reported_with_its_path()
    {
        Directory.CreateDirectory(_folder["state"]);
        _folder.Write("state/other.json", Encoding.UTF8.GetBytes("""{ "version": 1, "active": { "id": 5 } }"""));
        Assert.Contains($"'{_folder["state"]}/other.json' is damaged", (await StatusAsync(Valid)).Expect(3).ErrorJson.Text("message"));
    }

    [Fact]
    public async Task A_second_agent_with_the_same_state_does_not_start()
    {
        using var first = AgentStateFile.Hold(_folder["state"]);
        var run = await Rkectl.RunAsync("agent", "run", "--file", _folder.Write("agent.json", Encoding.UTF8.GetBytes(Valid)), "--json");
        Assert.Equal($"Another agent uses the folder '{_folder["state"]}'.", run.Expect(2).ErrorJson.Text("message"));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder["state"]));
    }

    private string Valid => new JsonObject
    {
        ["stateFolder"] = _folder["state"],
        ["peers"] = JsonNode.Parse("""{ "other": { "role": "receiver", "otherEnd": "other.example", "destinations": [{ "type": "command", "command": "true" }] } }"""),
    }.ToJsonString();

    private Task<RkectlRun> StatusAsync(string content) =>
        Rkectl.RunAsync("agent", "status", "--file", _folder.Write("agent.json", Encoding.UTF8.GetBytes(content)), "--json");
}
