namespace Rke.Gateway.Configuration;

/// <summary>What one caller may do.</summary>
/// <param name="RequestsPerSecond">Calls of any kind in any second; 0 = no limit.</param>
/// <param name="PostsPerDay">PostKey calls and sessions begun in any 24 hours; 0 = no limit.</param>
internal readonly record struct CallerLimits(int RequestsPerSecond, int PostsPerDay)
{
    public bool IsNone => RequestsPerSecond == 0 && PostsPerDay == 0;

    public static CallerLimits Read(SettingsReader reader, CallerLimits otherwise) => new(
        reader.Number("RequestsPerSecond", 0, 1_000_000) ?? otherwise.RequestsPerSecond,
        reader.Number("PostsPerDay", 0, 1_000_000_000) ?? otherwise.PostsPerDay);
}
