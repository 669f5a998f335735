namespace Rke.Gateway.Signals;

/// <summary>Log messages of this feature. Event ids 1800 to 1899.</summary>
internal static partial class Log
{
    [LoggerMessage(1800, LogLevel.Information, "The gateway receives Signals at {EndPoint}.")]
    public static partial void SignalsReceived(ILogger logger, System.Net.IPEndPoint endPoint);

    [LoggerMessage(1801, LogLevel.Error, "The gateway failed to process a Signal. This is a bug; report it with the exception.")]
    public static partial void SignalFailed(ILogger logger, Exception exception);

    [LoggerMessage(
        1802, LogLevel.Information, "Session {SessionId} of peer {Peer} arrived with {Used} of {Parts} parts and {Length} bytes.")]
    public static partial void SessionArrived(ILogger logger, string sessionId, string peer, int used, int parts, int length);

    [LoggerMessage(1803, LogLevel.Information, "A Signal with {Parts} parts created no session: {Problem}.")]
    public static partial void SessionFailed(ILogger logger, int parts, string problem);

    [LoggerMessage(1804, LogLevel.Warning, "A datagram failed on the socket for Signals: {Problem}. The listener continues.")]
    public static partial void SignalSocketFailed(ILogger logger, System.Net.Sockets.SocketError problem);

    [LoggerMessage(1805, LogLevel.Information, "The gateway receives Exchange Keys at {EndPoint} over TCP.")]
    public static partial void ExchangesReceived(ILogger logger, System.Net.IPEndPoint endPoint);

    [LoggerMessage(1806, LogLevel.Information, "Session {SessionId} of peer {Peer} is resumed with the key of an earlier session.")]
    public static partial void SessionResumed(ILogger logger, string sessionId, string peer);
}
