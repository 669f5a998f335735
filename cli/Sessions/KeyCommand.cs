using System.Diagnostics;
using System.IO.Pipes;

namespace Rke.Cli;

/// <summary>Runs a shell command that reads a key from a file descriptor, so that the key is in no file, argument or variable.</summary>
internal static class KeyCommand
{
    private const string Shell = "/bin/sh";
    private const int Descriptor = 3;

    /// <summary>Returns the exit code of the command.</summary>
    /// <param name="key">Shorter than the buffer of a pipe, so the command need not read it.</param>
    public static async Task<int> RunAsync(
        string command, byte[] key, (string Name, string Value)[] environment, CancellationToken cancellationToken)
    {
        await using var pipe = new AnonymousPipeServerStream(PipeDirection.Out, HandleInheritability.Inheritable);

        // The number of the descriptor that the shell inherits is any number.
        var start = new ProcessStartInfo(
            Shell, ["-c", $"exec {Descriptor}</dev/fd/{pipe.GetClientHandleAsString()}\n{command}"])
        {
            UseShellExecute = false,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        await using var end = cancellationToken.Register(() => ChildProcess.Kill(process));
        pipe.DisposeLocalCopyOfClientHandle();
        try
        {
            await pipe.WriteAsync(key, cancellationToken);
            await pipe.DisposeAsync();
        }
        catch (IOException)
        {
            // The command has ended, or has closed the descriptor.
        }

        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode;
    }
}
