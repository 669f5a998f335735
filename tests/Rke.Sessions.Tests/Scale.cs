using System.Globalization;

namespace Rke.Sessions.Tests;

/// <summary>The number of sessions: RKE_SESSIONS (tests/full/sessions), or a number that takes some seconds.</summary>
internal static class Scale
{
    private const int DefaultSessions = 60;
    private const int DefaultRaces = 500;
    private const int DefaultKmeKeys = 100;

    public static int Sessions { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("RKE_SESSIONS"), CultureInfo.InvariantCulture, out var count)
            ? count
            : DefaultSessions;

    /// <summary>The number of keys that two KMEs share: RKE_KME_KEYS (tests/full/kme), or a number that takes some seconds.</summary>
    public static int KmeKeys { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("RKE_KME_KEYS"), CultureInfo.InvariantCulture, out var keys)
            ? keys
            : DefaultKmeKeys;

    /// <summary>The number of sessions in the race, which are cheaper.</summary>
    public static int Races => Math.Max(Sessions, DefaultRaces);

    /// <summary>The number of concurrent sessions.</summary>
    public static int AtATime => Sessions > DefaultSessions ? 48 : 12;

    /// <summary>The number of sessions that may fail: one of 10,000.</summary>
    public static int MaxFailures => Sessions / 10_000;
}
