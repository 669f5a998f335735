using System.Text;
using Rke.Examples;

namespace Rke.Readme.Tests;

/// <summary>The channel of docs/USE-THE-KEY.md in its three languages.</summary>
public sealed class ChannelTests : IDisposable
{
    private const string Key = "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rke-channel-");

    [Theory]
    [InlineData("python3", "examples/channel/channel.py")]
    [InlineData("node", "examples/channel/channel.js")]
    public async Task A_message_of_each_language_is_opened_by_the_others_and_a_changed_one_by_none(string program, string script)
    {
        var key = Path.Combine(_folder.FullName, "key.hex");
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
            var (source, target) = (Path.Combine(_folder.FullName, "in"), Path.Combine(_folder.FullName, "out"));
            await File.WriteAllBytesAsync(
                source, input as byte[] ?? Encoding.UTF8.GetBytes((string)input), TestContext.Current.CancellationToken);
            var run = await ToolRun.RunAsync("bash", ["-c", $"{program} {script} {action} {key} {number} < {source} > {target}"]);
            Assert.True(run.ExitCode == 0 != isRejected, run.All);
            return await File.ReadAllBytesAsync(target, TestContext.Current.CancellationToken);
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
