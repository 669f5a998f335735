namespace Rke.Gateway.Configuration;

/// <summary>Section <c>Rke:Keys</c>.</summary>
/// <param name="Path">Folder of RAIDA key files; absent = no coins (or the embedded ones).</param>
/// <param name="Settle">A change in the folder is read when nothing has changed for so long.</param>
/// <param name="Rescan">The folder is looked at so often, whatever the file system says of changes.</param>
internal sealed record KeysSettings(string? Path, TimeSpan Settle, TimeSpan Rescan)
{
    public static KeysSettings Read(SettingsReader reader)
    {
        var path = reader.Text("Path");
        if (path is not null && !Directory.Exists(path))
        {
            reader.Reject("Path", $"there is no folder '{path}'", "write the folder that holds the RAIDA key files");
        }

        return new(
            path,
            reader.Time("Settle", TimeSpan.Zero, TimeSpan.FromMinutes(1)) ?? TimeSpan.FromMilliseconds(250),
            reader.Time("Rescan", TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)) ?? TimeSpan.FromMinutes(1));
    }
}
