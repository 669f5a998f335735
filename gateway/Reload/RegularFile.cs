using System.Text;

namespace Rke.Gateway.Reload;

/// <summary>
/// Reads a whole file of limited length. It opens regular files only, because the opening of a FIFO and the reading of a device
/// can wait forever.
/// </summary>
internal static class RegularFile
{
    /// <summary>Reads a file. Returns null and the problem if that is not possible.</summary>
    /// <param name="path">A file, or a link to one.</param>
    /// <param name="maxLength">The maximum length in bytes.</param>
    /// <param name="problem">What is wrong. It continues a sentence that begins with the path.</param>
    /// <returns>The content in pinned memory. If it is secret, the caller clears it.</returns>
    public static byte[]? TryRead(string path, int maxLength, out string problem)
    {
        try
        {
            problem = FindProblem(path, maxLength);
            return problem.Length == 0 ? Read(path, maxLength, out problem) : null;
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            problem = TextOf(exception);
            return null;
        }
    }

    /// <summary>Reads a text file. Returns null and the problem if that is not possible.</summary>
    public static string? TryReadText(string path, int maxLength, out string problem)
    {
        if (TryRead(path, maxLength, out problem) is not { } bytes)
        {
            return null;
        }

        using var reader = new StreamReader(new MemoryStream(bytes), Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>What is wrong with a file, without opening it. Empty if it is a regular file that is not too long.</summary>
    public static string FindProblem(string path, int maxLength)
    {
        if (Directory.Exists(path))
        {
            return "is a folder, not a file";
        }

        try
        {
            var file = new FileInfo(path);
            file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
            return file.Length switch
            {
                // FIFOs, devices and sockets have the length 0.
                0 => "is empty, or is not a regular file",
                var length when length > maxLength => TooLong(length, maxLength),
                _ => "",
            };
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            return TextOf(exception);
        }
    }

    private static bool IsUnreadable(Exception exception) => exception is IOException or UnauthorizedAccessException;

    private static string TextOf(Exception exception) => $"cannot be read: {exception.Message.TrimEnd('.')}";

    private static byte[]? Read(string path, int maxLength, out string problem)
    {
        // With these share flags, the runtime does not lock the file, so that a program can write it at the same time.
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        if (stream.Length > maxLength)
        {
            problem = TooLong(stream.Length, maxLength);
            return null;
        }

        problem = "";
        var bytes = GC.AllocateUninitializedArray<byte>((int)stream.Length, pinned: true);
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static string TooLong(long length, int maxLength) => $"has {length} bytes; at most {maxLength} are allowed";
}
