using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;

namespace Rke.Cli;

/// <summary>The pre-shared key of a WireGuard peer, set with <c>wg</c>. The next handshake uses it.</summary>
internal sealed class WireGuardDestination(string network, string peer) : IKeyDestination
{
    public string Name => $"wireguard {network}";

    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        var peers = await RunAsync(["show", network, "peers"], [], cancellationToken);
        if (!peers.Split('\n').Contains(peer, StringComparer.Ordinal))
        {
            throw new DestinationException($"The interface has no peer {peer}.");
        }
    }

    public async Task ApplyAsync(DestinationKeys keys, CancellationToken cancellationToken)
    {
        // 'wg set' would create a peer that does not exist.
        await CheckAsync(cancellationToken);
        var content = KeyFormat.Encode(KeyFormat.Base64, keys.Active.Key, keys.Active.Id);
        try
        {
            await RunAsync(["set", network, "peer", peer, "preshared-key", "/dev/stdin"], content, cancellationToken);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    private static async Task<string> RunAsync(string[] arguments, byte[] input, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("wg", arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            await using var end = cancellationToken.Register(() => ChildProcess.Kill(process));
            await process.StandardInput.BaseStream.WriteAsync(input, cancellationToken);
            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0 ? output : throw new DestinationException((await errors).Trim());
        }
        catch (Exception exception) when (exception is Win32Exception or IOException)
        {
            throw new DestinationException($"The program 'wg' cannot run: {exception.Message}");
        }
    }
}
