using Rke.Gateway.Sessions.Sealing;

namespace Rke.Gateway.Configuration;

/// <summary>Section <c>Rke:Sessions</c>: sessions that arrive for this gateway.</summary>
/// <param name="Lifetime">How long a key waits to be claimed.</param>
/// <param name="Capacity">How many sessions may wait; what comes then is refused.</param>
/// <param name="SealingKeys">Keys at rest are sealed under the first; empty = they stay in memory.</param>
/// <param name="MaxWatchers">How many WatchSessions streams may be open.</param>
internal sealed record SessionsSettings(
    TimeSpan Lifetime, int Capacity, IReadOnlyList<SealingKey> SealingKeys, int MaxWatchers)
{
    public static SessionsSettings Read(SettingsReader reader) => new(
        reader.Time("Lifetime", TimeSpan.FromSeconds(1), TimeSpan.FromDays(7)) ?? TimeSpan.FromMinutes(10),
        reader.Number("Capacity", 1, 10_000_000) ?? 100_000,
        ReadSealingKeys(reader),
        reader.Number("MaxWatchers", 1, 100_000) ?? 1000);

    private static IReadOnlyList<SealingKey> ReadSealingKeys(SettingsReader reader)
    {
        const string Fix = "write the path of a file with a key of 32 bytes a line, such as openssl rand -hex 32 makes";
        if (reader.Text("SealingKey") is not { } path)
        {
            return [];
        }

        if (!SealingKeyFile.TryRead(path, out var keys, out var problem))
        {
            reader.Reject("SealingKey", $"'{path}' {problem}", Fix);
        }

        return keys;
    }
}
