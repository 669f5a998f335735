namespace Rke.Cli;

/// <summary>A new file with mode 0600.</summary>
internal sealed class SecretFile : IDisposable
{
    private readonly string _path;
    private readonly FileStream _stream;
    private bool _written;

    private SecretFile(string path, FileStream stream)
    {
        _path = path;
        _stream = stream;
    }

    /// <summary>
    /// Creates the file. Call this before the secret is fetched: a secret that is handed out once is lost if the file
    /// cannot be created afterwards.
    /// </summary>
    public static SecretFile Create(string path)
    {
        if (Path.Exists(path))
        {
            throw new FailureException(
                ExitCode.Usage,
                $"'{path}' exists, and rkectl does not overwrite files.",
                "Give another path, or move the file.");
        }

        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new(path, new FileStream(path, options));
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        _stream.Write(bytes);
        _stream.Flush(flushToDisk: true);
        _written = true;
    }

    /// <summary>Closes the file, and deletes it if nothing was written.</summary>
    public void Dispose()
    {
        _stream.Dispose();
        if (!_written)
        {
            File.Delete(_path);
        }
    }
}
