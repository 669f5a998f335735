namespace Rke.Gateway.Configuration;

/// <summary>Section <c>Rke:Policy</c>.</summary>
/// <param name="Path">The file that says who may call what; null = everybody may everything.</param>
internal sealed record PolicySettings(string? Path)
{
    public static PolicySettings Read(SettingsReader reader) => new(reader.ExistingFile("Path"));
}
