namespace Rke.Gateway.Configuration;

/// <summary>Section <c>Rke:Reload</c>.</summary>
/// <param name="Interval">Files are looked at so often; a change is read when they look the same twice.</param>
internal sealed record ReloadSettings(TimeSpan Interval)
{
    public static ReloadSettings Read(SettingsReader reader) => new(
        reader.Time("Interval", TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1)) ?? TimeSpan.FromSeconds(1));
}
