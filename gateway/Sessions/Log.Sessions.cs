using Rke.Gateway.Identity;

namespace Rke.Gateway;

/// <summary>Sessions and Signals: event ids 1300-1499.</summary>
internal static partial class Log
{
    [LoggerMessage(
        1300,
        LogLevel.Information,
        "Keys of sessions that arrive are sealed with AES-256-GCM; {Keys} sealing keys are in the file, the first seals: "
        + "the one whose name, which says nothing of it, is {KeyName}.")]
    public static partial void SessionsSealed(ILogger logger, int keys, string keyName);

    [LoggerMessage(
        1301,
        LogLevel.Warning,
        "Rke:Sessions:SealingKey is not configured: keys of sessions that arrive stay in the memory of this replica, "
        + "{Replica}. Only it can hand them out, and they are gone when it stops.")]
    public static partial void SessionsUnsealed(ILogger logger, string replica);

    [LoggerMessage(1310, LogLevel.Information, "Signals are received at {EndPoint}.")]
    public static partial void SignalsReceived(ILogger logger, System.Net.IPEndPoint endPoint);

    [LoggerMessage(1311, LogLevel.Error, "A Signal could not be handled.")]
    public static partial void SignalFailed(ILogger logger, Exception exception);

    [LoggerMessage(
        1312, LogLevel.Information, "Session {SessionId} has arrived: {Used} of {Parts} parts, {Length} bytes.")]
    public static partial void SessionArrived(ILogger logger, string sessionId, int used, int parts, int length);

    [LoggerMessage(1313, LogLevel.Information, "A Signal named {Parts} parts and brought no session: {Problem}.")]
    public static partial void SessionLost(ILogger logger, int parts, string problem);

    [LoggerMessage(
        1320,
        LogLevel.Information,
        "The key of session {SessionId} was handed out to {Caller} ({CallerKind}).")]
    public static partial void SessionHandedOut(ILogger logger, string caller, CallerKind callerKind, string sessionId);

    [LoggerMessage(1314, LogLevel.Warning, "The socket for Signals fails ({Problem}); listening goes on.")]
    public static partial void SignalSocketFailed(ILogger logger, System.Net.Sockets.SocketError problem);
}
