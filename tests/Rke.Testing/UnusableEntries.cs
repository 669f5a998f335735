using System.Diagnostics;
using System.Net.Sockets;

namespace Rke.Testing;

/// <summary>An entry of a folder that a program must not read as a file.</summary>
public enum UnusableEntry
{
    DanglingLink,
    LinkLoop,
    Fifo,
    LinkToFifo,
    Device,
    Socket,
    HugeFile,
    EmptyFile,
    Folder,
    LinkToFolder,
}

/// <summary>Makes entries of folders that cannot be used as files.</summary>
public static class UnusableEntries
{
    private const long HugeLength = 1L << 33;

    public static async Task MakeAsync(UnusableEntry kind, string path)
    {
        switch (kind)
        {
            case UnusableEntry.DanglingLink:
                File.CreateSymbolicLink(path, path + "-that-does-not-exist");
                break;
            case UnusableEntry.LinkLoop:
                File.CreateSymbolicLink(path, Path.GetFileName(path));
                break;
            case UnusableEntry.Fifo:
                await MakeFifoAsync(path);
                break;
            case UnusableEntry.LinkToFifo:
                var fifo = Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}-fifo");
                await MakeFifoAsync(fifo);
                File.CreateSymbolicLink(path, fifo);
                break;
            case UnusableEntry.Device:
                File.CreateSymbolicLink(path, "/dev/zero");
                break;
            case UnusableEntry.Socket:
                using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
                {
                    // The runtime deletes the file of a socket that it closes.
                    var bound = path + "-bound";
                    socket.Bind(new UnixDomainSocketEndPoint(bound));
                    File.Move(bound, path);
                }

                break;
            case UnusableEntry.HugeFile:
                await using (var file = File.Create(path))
                {
                    file.SetLength(HugeLength);
                }

                break;
            case UnusableEntry.EmptyFile:
                await File.WriteAllBytesAsync(path, []);
                break;
            case UnusableEntry.Folder:
                Directory.CreateDirectory(path);
                break;
            default:
                File.CreateSymbolicLink(path, "/");
                break;
        }
    }

    private static async Task MakeFifoAsync(string path)
    {
        using var process = Process.Start("mkfifo", [path]);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }
}
