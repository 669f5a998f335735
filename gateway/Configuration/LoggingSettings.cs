namespace Rke.Gateway.Configuration;

/// <summary>Section <c>Rke:Logging</c>.</summary>
/// <param name="Json">One JSON object a line, with event id and trace id, instead of text.</param>
internal sealed record LoggingSettings(bool Json)
{
    public static LoggingSettings Read(SettingsReader reader) => new(reader.Flag("Json") ?? false);
}
