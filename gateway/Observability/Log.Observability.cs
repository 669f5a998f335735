using Rke.Gateway.Identity;

namespace Rke.Gateway;

internal static partial class Log
{
    [LoggerMessage(
        1600,
        LogLevel.Information,
        "A key part was handed out to {Caller} ({CallerKind}) from key server {RaidaId} of network {Network}; SHA-256 of its key "
        + "id hash: {KeyIdHashDigest}.")]
    public static partial void KeyHandedOut(
        ILogger logger, string caller, CallerKind callerKind, ushort network, byte raidaId, string keyIdHashDigest);

    [LoggerMessage(1601, LogLevel.Information, "Traces and metrics are sent to {Endpoint} by OTLP.")]
    public static partial void TelemetrySent(ILogger logger, string endpoint);

    [LoggerMessage(1610, LogLevel.Warning, "A connection is refused: {Connections} are open already.")]
    public static partial void ConnectionRefused(ILogger logger, int connections);

    [LoggerMessage(1620, LogLevel.Information, "Read again and in force: {Name}.")]
    public static partial void Reloaded(ILogger logger, string name);

    [LoggerMessage(1621, LogLevel.Error, "Refused, so what was before stays in force ({Name}): {Problem}")]
    public static partial void ReloadRefused(ILogger logger, string name, string problem);

    [LoggerMessage(
        1622,
        LogLevel.Warning,
        "Settings have changed that take effect only when the gateway is restarted (docs/CONFIGURATION.md): {Settings}.")]
    public static partial void RestartNeeded(ILogger logger, string settings);

    [LoggerMessage(1630, LogLevel.Information, "The policy denies {Method} to {Caller}.")]
    public static partial void CallDenied(ILogger logger, string method, string caller);
}
