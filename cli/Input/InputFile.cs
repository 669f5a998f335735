using System.Security.Cryptography;

namespace Rke.Cli;

/// <summary>Reads a whole file or standard input, up to a length limit.</summary>
internal static class InputFile
{
    private const int FirstLength = 16 * 1024;

    /// <summary>Reads a file, or standard input if the path is '-'.</summary>
    public static byte[] Read(string path, Terminal terminal, int maxLength) => path == "-"
        ? Read(terminal.In, "standard input", maxLength)
        : Read(path, maxLength, "Check the path. '-' is standard input.");

    /// <summary>Reads a file.</summary>
    public static byte[] Read(string path, int maxLength) => Read(path, maxLength, "Check the path.");

    private static byte[] Read(string path, int maxLength, string advice)
    {
        if (!File.Exists(path))
        {
            throw new FailureException(ExitCode.Usage, $"There is no file '{path}'.", advice);
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        return Read(file, $"'{path}'", maxLength);
    }

    // The content can be secret, so no copy of it remains.
    private static byte[] Read(Stream stream, string name, int maxLength)
    {
        var buffer = new byte[Math.Min(FirstLength, maxLength + 1)];
        var length = 0;
        try
        {
            int read;
            while ((read = stream.Read(buffer, length, buffer.Length - length)) > 0)
            {
                length += read;
                if (length > maxLength)
                {
                    throw new FailureException(
                        ExitCode.Invalid,
                        $"{name} is longer than {maxLength} bytes.",
                        "Check that this is the right file.");
                }

                if (length == buffer.Length)
                {
                    var longer = new byte[Math.Min((long)length * 2, maxLength + 1)];
                    buffer.CopyTo(longer, 0);
                    CryptographicOperations.ZeroMemory(buffer);
                    buffer = longer;
                }
            }

            return buffer[..length];
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }
}
