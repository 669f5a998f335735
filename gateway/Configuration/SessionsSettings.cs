namespace Rke.Gateway.Configuration;

/// <summary>Section <c>Rke:Sessions</c>: sessions that arrive for this gateway.</summary>
/// <param name="Lifetime">How long a key waits to be claimed.</param>
/// <param name="Capacity">How many sessions may wait; what comes then is refused.</param>
/// <param name="SealingKeys">The file of the keys that seal keys at rest; null = these stay in memory.</param>
/// <param name="MaxWatchers">How many WatchSessions streams may be open.</param>
internal sealed record SessionsSettings(TimeSpan Lifetime, int Capacity, string? SealingKeys, int MaxWatchers)
{
    public static SessionsSettings Read(SettingsReader reader) => new(
        reader.Time("Lifetime", TimeSpan.FromSeconds(1), TimeSpan.FromDays(7)) ?? TimeSpan.FromMinutes(10),
        reader.Number("Capacity", 1, 10_000_000) ?? 100_000,
        reader.ExistingFile("SealingKey"),
        reader.Number("MaxWatchers", 1, 100_000) ?? 1000);
}
