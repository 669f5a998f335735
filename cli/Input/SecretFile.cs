namespace Rke.Cli;

/// <summary>A new file that only its owner can read.</summary>
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

    /// <summary>Creates it, so that a secret is not fetched for a file that cannot be written.</summary>
    public static SecretFile Create(string path)
    {
        if (Path.Exists(path))
        {
            throw new FailureException(
                ExitCode.Usage,
                $"'{path}' exists and is not overwritten.",
                "Give another path, or move the file away first.");
        }

        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
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

    /// <summary>Removes a file to which nothing was written.</summary>
    public void Dispose()
    {
        _stream.Dispose();
        if (!_written)
        {
            File.Delete(_path);
        }
    }
}
