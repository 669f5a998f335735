namespace Rke.Gateway.Reload;

/// <summary>
/// Detects the change of a file without reading it: the path, time and size of the file. Kubernetes mounts files as links to
/// links, so the stamp describes the last target.
/// </summary>
internal static class FileStamp
{
    public static string Of(IEnumerable<string> paths) => string.Join('\n', paths.Select(Of));

    public static string Of(string path)
    {
        try
        {
            var info = new FileInfo(path);
            var target = info.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? info;
            var real = RealFolder(target);
            return target.Exists ? $"{path}|{real}|{target.Length}|{target.LastWriteTimeUtc.Ticks}" : $"{path}|missing";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"{path}|{exception.GetType().Name}";
        }
    }

    // A parent folder may be the link that changes.
    private static string RealFolder(FileInfo file) =>
        file.Directory?.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? file.FullName;
}
