namespace Rke.Gateway.Health;

/// <summary>Log messages of this feature. Event ids 2500 to 2599.</summary>
internal static partial class Log
{
    [LoggerMessage(2500, LogLevel.Information, "The gateway is ready. It serves {Networks}.")]
    public static partial void Ready(ILogger logger, string networks);

    [LoggerMessage(2501, LogLevel.Warning, "The gateway is not ready: {Reasons}")]
    public static partial void NotReady(ILogger logger, string reasons);
}
