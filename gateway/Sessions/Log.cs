namespace Rke.Gateway.Sessions;

/// <summary>Log messages of this feature. Event ids 1700 to 1799.</summary>
internal static partial class Log
{
    [LoggerMessage(
        1700,
        LogLevel.Information,
        "Loaded {Keys} sealing keys. The gateway encrypts the keys of arrived sessions with AES-256-GCM under the first one, {KeyName}.")]
    public static partial void SealingKeysLoaded(ILogger logger, int keys, string keyName);

    [LoggerMessage(
        1701,
        LogLevel.Warning,
        "Rke:Sessions:SealingKey is not configured. The keys of arrived sessions stay in the memory of this replica, {Replica}. "
        + "Only this replica can return them, and they are lost when it stops. Configure a sealing key to share them.")]
    public static partial void SessionKeysUnencrypted(ILogger logger, string replica);
}
