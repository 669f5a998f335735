namespace Rke.Gateway.Configuration;

/// <summary>Of <c>Rke:Grpc</c>: how the gateway stops.</summary>
/// <param name="Delay">So long it says NOT_SERVING and still takes calls, until nobody sends new ones any more.</param>
/// <param name="Timeout">Then so long calls under way may take; null = as the host has it.</param>
internal sealed record DrainSettings(TimeSpan Delay, TimeSpan? Timeout)
{
    public static DrainSettings Read(SettingsReader reader) => new(
        reader.Time("DrainDelay", TimeSpan.Zero, TimeSpan.FromHours(1)) ?? TimeSpan.Zero,
        reader.Time("DrainTimeout", TimeSpan.Zero, TimeSpan.FromHours(1)));
}
