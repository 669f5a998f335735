using System.Globalization;

namespace Rke.Sessions.Tests;

/// <summary>How much is done: as many sessions as RKE_SESSIONS says (tests/full/sessions), otherwise what takes seconds.</summary>
internal static class Scale
{
    private const int UsualSessions = 60;
    private const int UsualRaces = 500;

    public static int Sessions { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("RKE_SESSIONS"), CultureInfo.InvariantCulture, out var count)
            ? count
            : UsualSessions;

    /// <summary>How many sessions are raced for, which costs less.</summary>
    public static int Races => Math.Max(Sessions, UsualRaces);

    /// <summary>How many sessions are under way at a time.</summary>
    public static int AtATime => Sessions > UsualSessions ? 48 : 12;

    /// <summary>Of 10,000 sessions one may fail.</summary>
    public static int MostFailures => Sessions / 10_000;
}
