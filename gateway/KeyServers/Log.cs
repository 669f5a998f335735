namespace Rke.Gateway.KeyServers;

/// <summary>Log messages of this feature. Event ids 1500 to 1599.</summary>
internal static partial class Log
{
    [LoggerMessage(1511, LogLevel.Warning, "Cannot resolve the name of a key server: {Problem}")]
    public static partial void ServerNotFound(ILogger logger, string problem);
}
