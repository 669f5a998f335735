using System.Text;
using Rke.Examples;

namespace Rke.Readme.Tests;

/// <summary>The commands of docs/USE-THE-KEY.md, and the channel in its three languages.</summary>
public sealed class UseTheKeyTests : IDisposable
{
    private const string Document = "docs/USE-THE-KEY.md";
    private const string Key = "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef";

    private readonly Walkthrough _walkthrough = new("artifacts/use", 5001, 5002, 5075, 4433);

    [Fact]
    public async Task Every_command_works()
    {
        var blocks = DocumentCommands.In(Document);
        var commands = blocks.Select(block => _walkthrough.Adapt(DocumentCommands.Prepare(block.Commands))).ToArray();
        Assert.Equal(6, commands.Length);

        // The other addresses are the defaults, which another test can use at the same time.
        var (grpc, http) = (_walkthrough.Adapt("127.0.0.1:5001"), _walkthrough.Adapt("127.0.0.1:5002"));
        var printed = await ToolRun.OutputAsync(
            "bash",
            ["-euc", $$"""
              export RKE_GATEWAY=http://{{grpc}} Rke__Grpc__Url=http://{{grpc}} Rke__Http__Url=http://{{http}}
              {{Walkthrough.Functions}}
              serve 'The gateway is ready' '{{commands[0]}}'
              {{commands[1]}}
              {{commands[2]}}
              # A terminal keeps the standard input open.
              ( {{commands[3]}} ) < <(sleep 60) &
              server=$!
              until {{commands[4]}}; do sleep 0.1; done
              wait "$server"
              cat {{_walkthrough.Folder}}/received.txt
              {{commands[5]}}
              """]);
        Assert.Contains("hello over TLS", printed, StringComparison.Ordinal);
        DocumentCommands.AssertShown(blocks[5].Output!, printed);
    }

    [Theory]
    [InlineData("python3", "examples/channel/channel.py")]
    [InlineData("node", "examples/channel/channel.js")]
    public async Task A_message_of_each_language_is_opened_by_the_others_and_a_changed_one_by_none(string program, string script)
    {
        var key = Path.Combine(_walkthrough.Folder, "key.hex");
        await File.WriteAllTextAsync(key, Key + "\n", TestContext.Current.CancellationToken);
        using var channel = new Channel(Convert.FromHexString(Key));
        var theirs = await RunAsync("seal", "hello", number: 7);
        Assert.Equal("hello", Encoding.UTF8.GetString(channel.Open(7, theirs)));
        Assert.Equal("hello", Encoding.UTF8.GetString(await RunAsync("open", channel.Seal(7, "hello"u8), number: 7)));
        Assert.ThrowsAny<System.Security.Cryptography.CryptographicException>(() => channel.Open(8, theirs));
        theirs[0] ^= 1;
        Assert.Empty(await RunAsync("open", theirs, number: 7, isRejected: true));
        Assert.Empty(await RunAsync("open", channel.Seal(7, "hello"u8), number: 8, isRejected: true));

        // Bytes go through files, because the output of a tool is text.
        async Task<byte[]> RunAsync(string action, object input, int number, bool isRejected = false)
        {
            var (source, target) = (Path.Combine(_walkthrough.Folder, "in"), Path.Combine(_walkthrough.Folder, "out"));
            await File.WriteAllBytesAsync(
                source, input as byte[] ?? Encoding.UTF8.GetBytes((string)input), TestContext.Current.CancellationToken);
            var run = await ToolRun.RunAsync("bash", ["-c", $"{program} {script} {action} {key} {number} < {source} > {target}"]);
            Assert.True(run.ExitCode == 0 != isRejected, run.All);
            return await File.ReadAllBytesAsync(target, TestContext.Current.CancellationToken);
        }
    }

    public void Dispose() => _walkthrough.Dispose();
}
