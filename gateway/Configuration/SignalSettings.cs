namespace Rke.Gateway.Configuration;

/// <summary>Section <c>Rke:Signal</c>.</summary>
/// <param name="Port">Where a domain's signalling service listens when its records do not say.</param>
internal sealed record SignalSettings(ushort Port)
{
    public const ushort DefaultPort = 75;

    public static SignalSettings Read(SettingsReader reader) =>
        new((ushort)(reader.Number("Port", 1, ushort.MaxValue) ?? DefaultPort));
}
