using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Rke.Cli.Tests.Agent;

/// <summary>The file of a destination, and the command that makes a program read it again.</summary>
public sealed class FileDestinationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_failed_reload_is_repeated_and_the_same_keys_are_reloaded_once()
    {
        var reload = $"echo reload >>{_folder["reloads"]}; test -e {_folder["works"]}";
        var destination = new FileDestination(_folder["key"], KeyFormat.Hex, reload);
        var keys = new DestinationKeys(
            new(new string('a', 32), RandomNumberGenerator.GetBytes(32), new byte[32], new byte[32], []), []);
        var failure = await Assert.ThrowsAsync<DestinationException>(() => destination.ApplyAsync(keys, Cancelled));
        Assert.Contains("ended with exit code 1", failure.Message);

        _folder.Write("works", []);
        await destination.ApplyAsync(keys, Cancelled);
        await destination.ApplyAsync(keys, Cancelled);
        Assert.Equal(2, (await File.ReadAllLinesAsync(_folder["reloads"], Cancelled)).Length);
        Assert.Equal(HexText.Of(keys.Active.Key) + "\n", Encoding.ASCII.GetString(await File.ReadAllBytesAsync(_folder["key"], Cancelled)));

        // The program can have missed the change before the agent ended.
        await new FileDestination(_folder["key"], KeyFormat.Hex, reload).ApplyAsync(keys, Cancelled);
        Assert.Equal(3, (await File.ReadAllLinesAsync(_folder["reloads"], Cancelled)).Length);
    }

    [Fact]
    public async Task A_command_that_takes_too_long_is_killed()
    {
        var destination = new FileDestination(_folder["key"], KeyFormat.Hex, $"echo $$ >{_folder["started"]}; sleep 600");
        var keys = new DestinationKeys(
            new(new string('a', 32), RandomNumberGenerator.GetBytes(32), new byte[32], new byte[32], []), []);
        using var limit = new CancellationTokenSource();

        var applying = destination.ApplyAsync(keys, limit.Token);
        await Eventually.IsTrueAsync(() => File.Exists(_folder["started"]) && File.ReadAllText(_folder["started"]).EndsWith('\n'));
        await limit.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => applying);
        var id = (await File.ReadAllTextAsync(_folder["started"], Cancelled)).Trim();
        await Eventually.IsTrueAsync(() => !File.Exists($"/proc/{id}/cmdline") || File.ReadAllText($"/proc/{id}/cmdline").Length == 0);
    }

    [Fact]
    public void A_program_that_cannot_be_killed_causes_no_error()
    {
        using var program = Process.Start("/bin/true");
        program.WaitForExit();
        program.Dispose();

        ChildProcess.Kill(program);
    }
}
