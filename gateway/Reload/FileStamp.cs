namespace Rke.Gateway.Reload;

/// <summary>
/// What tells that a file changed without reading it. Kubernetes mounts links to links: the last target's path, time and
/// size count.
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

    // A folder on the way may be the link that is exchanged.
    private static string RealFolder(FileInfo file) =>
        file.Directory?.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? file.FullName;
}
