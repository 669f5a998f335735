using System.ComponentModel;
using System.Security.Cryptography;

namespace Rke.Cli;

/// <summary>
/// A shell command that gets each new key on file descriptor 3, and its id in RKE_KEY_ID. After a start of the agent it gets the active key
/// again.
/// </summary>
internal sealed class CommandDestination(string command, string format) : IKeyDestination
{
    private string? _last;

    public string Name => "command";

    public Task CheckAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task ApplyAsync(DestinationKeys keys, CancellationToken cancellationToken)
    {
        if (_last == keys.Active.Id)
        {
            return;
        }

        _last = null;
        var content = KeyFormat.Encode(format, keys.Active.Key, keys.Active.Id);
        try
        {
            await KeyCommands.RunAsync(command, content, [("RKE_KEY_ID", keys.Active.Id)], cancellationToken);
            _last = keys.Active.Id;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }
}

/// <summary>Runs the commands of destinations.</summary>
internal static class KeyCommands
{
    public static async Task RunAsync(
        string command, byte[] key, (string Name, string Value)[] environment, CancellationToken cancellationToken)
    {
        int exitCode;
        try
        {
            exitCode = await KeyCommand.RunAsync(command, key, environment, cancellationToken);
        }
        catch (Exception exception) when (exception is Win32Exception or IOException)
        {
            throw new DestinationException($"The command '{command}' cannot run: {exception.Message}");
        }

        if (exitCode != 0)
        {
            throw new DestinationException($"The command '{command}' ended with exit code {exitCode}.");
        }
    }
}
