namespace Rke.Gateway.Reload;

/// <summary>Log messages of this feature. Event ids 1200 to 1299.</summary>
internal static partial class Log
{
    [LoggerMessage(1200, LogLevel.Information, "The gateway reloaded {Name}.")]
    public static partial void Reloaded(ILogger logger, string name);

    [LoggerMessage(1201, LogLevel.Error, "The gateway did not reload {Name} and keeps the last valid version: {Problem}")]
    public static partial void ReloadRefused(ILogger logger, string name, string problem);
}
