namespace Rke.Cli;

/// <summary>Reads a whole file or standard input, up to a length limit.</summary>
internal static class InputFile
{
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

        using var file = File.OpenRead(path);
        return Read(file, $"'{path}'", maxLength);
    }

    private static byte[] Read(Stream stream, string name, int maxLength)
    {
        using var whole = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int length;
        while ((length = stream.Read(buffer)) > 0)
        {
            whole.Write(buffer, 0, length);
            if (whole.Length > maxLength)
            {
                throw new FailureException(
                    ExitCode.Invalid,
                    $"{name} is longer than {maxLength} bytes.",
                    "Check that this is the right file.");
            }
        }

        Array.Clear(buffer);
        return whole.ToArray();
    }
}
