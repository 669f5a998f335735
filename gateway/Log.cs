namespace Rke.Gateway;

/// <summary>What the gateway says. Event ids 1000-1999; none of them carries a secret.</summary>
internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Information, "{Coins} coins loaded from {Files} key files in '{Path}'.")]
    public static partial void KeysLoaded(ILogger logger, int coins, int files, string path);

    [LoggerMessage(1001, LogLevel.Error, "A RAIDA key file is refused: {Problem}")]
    public static partial void KeyFileRefused(ILogger logger, string problem);

    [LoggerMessage(1002, LogLevel.Error, "The key folder '{Path}' cannot be read ({Problem}); the coins loaded before stay.")]
    public static partial void KeyFolderUnreadable(ILogger logger, string path, string problem);

    [LoggerMessage(
        1003,
        LogLevel.Warning,
        "The key folder '{Path}' cannot be watched ({Problem}); it is looked at every {Rescan} only.")]
    public static partial void KeyFolderUnwatched(ILogger logger, string path, TimeSpan rescan, string problem);

    [LoggerMessage(1010, LogLevel.Information, "Key server {RaidaId} of network {Network} starts its replies' keystream: {Iv}.")]
    public static partial void ResponseIvLearned(ILogger logger, byte raidaId, ushort network, Rke.Wire.ResponseIv iv);

    [LoggerMessage(1011, LogLevel.Warning, "A configured key server cannot be found: {Problem}")]
    public static partial void ServerNotFound(ILogger logger, string problem);

    [LoggerMessage(1020, LogLevel.Information, "gRPC is served at {Grpc}, health at {Http}.")]
    public static partial void Listening(ILogger logger, string grpc, string http);

    [LoggerMessage(1021, LogLevel.Information, "Ready: serving {Networks}.")]
    public static partial void Ready(ILogger logger, string networks);

    [LoggerMessage(1022, LogLevel.Warning, "Not ready: {Reasons}")]
    public static partial void NotReady(ILogger logger, string reasons);

    [LoggerMessage(1023, LogLevel.Information, "Stopping: health says NOT_SERVING, calls under way are finished.")]
    public static partial void Stopping(ILogger logger);

    [LoggerMessage(
        1024,
        LogLevel.Warning,
        "gRPC-Web is served without TLS at {Http}. Anyone on the network path can read key parts. Set Rke:Grpc:Url to https://, or put a "
        + "proxy with TLS in front.")]
    public static partial void WebInTheClear(ILogger logger, string http);

    [LoggerMessage(1030, LogLevel.Information, "The state that the replicas share is up ({Redis}).")]
    public static partial void StateUp(ILogger logger, string redis);

    [LoggerMessage(1031, LogLevel.Warning, "The state that the replicas share is down: {Problem}.")]
    public static partial void StateDown(ILogger logger, string problem);

    [LoggerMessage(1032, LogLevel.Warning, "Redis cannot be used yet: {Problem}")]
    public static partial void StateUnreachable(ILogger logger, string problem);

    [LoggerMessage(1034, LogLevel.Warning, "Redis at {Endpoint} cannot be connected to ({Stage}): {Cause}")]
    public static partial void RedisConnectionFailed(ILogger logger, string endpoint, string stage, string cause);

    [LoggerMessage(1033, LogLevel.Error, "Redis refuses the script {Script}: {Problem}")]
    public static partial void ScriptFailed(ILogger logger, string script, string problem);

    [LoggerMessage(1040, LogLevel.Warning, "Shadow mode: the quota of caller '{Caller}' would refuse this call ({Answer}).")]
    public static partial void QuotaWouldRefuse(ILogger logger, string caller, State.QuotaAnswer answer);

    [LoggerMessage(
        1100,
        LogLevel.Warning,
        "EMBEDDED KEY SERVERS. No network is configured (Rke:Networks), so {Servers} key servers run inside this process on "
        + "loopback, with {Coins} coins that it made itself; all of it, and every key part, is gone when it stops. "
        + "For development and demonstration only, NOT for secrets.")]
    public static partial void Embedded(ILogger logger, int servers, int coins);
}
