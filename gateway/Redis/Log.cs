namespace Rke.Gateway.Redis;

/// <summary>Log messages of this feature. Event ids 1400 to 1499.</summary>
internal static partial class Log
{
    [LoggerMessage(1400, LogLevel.Information, "The shared state is available ({Redis}).")]
    public static partial void StateUp(ILogger logger, string redis);

    [LoggerMessage(1401, LogLevel.Warning, "The shared state is unavailable: {Problem}. PostKey fails until Redis answers; check Redis.")]
    public static partial void StateDown(ILogger logger, string problem);

    [LoggerMessage(1402, LogLevel.Warning, "The shared state is still unavailable: {Problem}")]
    public static partial void StateUnreachable(ILogger logger, string problem);

    [LoggerMessage(1403, LogLevel.Error, "Redis rejected the script {Script}: {Problem}")]
    public static partial void ScriptFailed(ILogger logger, string script, string problem);

    [LoggerMessage(1404, LogLevel.Warning, "The connection to Redis at {Endpoint} failed ({Stage}): {Cause}")]
    public static partial void RedisConnectionFailed(ILogger logger, string endpoint, string stage, string cause);
}
