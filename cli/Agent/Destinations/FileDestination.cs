using System.Security.Cryptography;

namespace Rke.Cli;

/// <summary>
/// A file with mode 0600 that changes in one step. In the format psk it has a line for each key, the active one first. In the other
/// formats it has the active key.
/// </summary>
internal sealed class FileDestination(string path, string format, string? reload) : IKeyDestination
{
    private bool _isReloaded = reload is null;

    public string Name => $"file '{path}'";

    public Task CheckAsync(CancellationToken cancellationToken)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        try
        {
            using var probe = new FileStream(
                Path.Combine(folder, $".{Path.GetFileName(path)}.{Environment.ProcessId}.check"),
                new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Options = FileOptions.DeleteOnClose });
            return Task.CompletedTask;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DestinationException(exception.Message);
        }
    }

    public async Task ApplyAsync(DestinationKeys keys, CancellationToken cancellationToken)
    {
        var content = SeveralKeys.Encode(keys, format);
        try
        {
            var isSame = HasContent(content);
            if (isSame && _isReloaded)
            {
                return;
            }

            if (!isSame)
            {
                AtomicFile.Write(path, content);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DestinationException(exception.Message);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }

        if (reload is not null)
        {
            _isReloaded = false;
            await KeyCommands.RunAsync(reload, [], [], cancellationToken);
            _isReloaded = true;
        }
    }

    private bool HasContent(byte[] content)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        var old = File.ReadAllBytes(path);
        var isSame = old.AsSpan().SequenceEqual(content);
        CryptographicOperations.ZeroMemory(old);
        return isSame;
    }
}

/// <summary>The content of destinations that can have several keys.</summary>
internal static class SeveralKeys
{
    /// <summary>The caller clears the result.</summary>
    public static byte[] Encode(DestinationKeys keys, string format)
    {
        var lines = new List<byte[]> { KeyFormat.Encode(format, keys.Active.Key, keys.Active.Id) };
        if (format == KeyFormat.Psk)
        {
            lines.AddRange(keys.Accepted.Select(key => KeyFormat.Encode(format, key.Key, key.Id)));
        }

        byte[] content = [.. lines.SelectMany(line => line)];
        lines.ForEach(line => CryptographicOperations.ZeroMemory(line));
        return content;
    }
}
