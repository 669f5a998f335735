namespace Rke.Gateway.Background;

/// <summary>The log messages of background services.</summary>
internal static partial class Log
{
    [LoggerMessage(
        2800,
        LogLevel.Error,
        "The background service {Service} has failed. It starts again in {Pause}. Report this as a bug if it occurs again.")]
    public static partial void BackgroundServiceFailed(ILogger logger, Exception exception, string service, TimeSpan pause);
}
