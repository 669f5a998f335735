namespace Rke.Gateway.Hosting;

/// <summary>Log messages of this feature. Event ids 1000 to 1099.</summary>
internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Information, "The gateway is stopping. Its health is NOT_SERVING. It finishes the calls in flight.")]
    public static partial void Stopping(ILogger logger);

    [LoggerMessage(
        1001,
        LogLevel.Warning,
        "These settings have changed and take effect after a restart: {Settings}. Restart the gateway.")]
    public static partial void RestartNeeded(ILogger logger, string settings);

    [LoggerMessage(
        1002,
        LogLevel.Warning,
        "The gateway dropped {Lines} log lines of event {DroppedEventId} of {Category}, because there were more than {LinesPerSecond} per "
        + "second. Set Rke:Logging:LinesPerSecond to log more.")]
    public static partial void LinesDropped(ILogger logger, long lines, int droppedEventId, string category, int linesPerSecond);
}
