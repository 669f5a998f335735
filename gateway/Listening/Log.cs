

namespace Rke.Gateway.Listening;

/// <summary>Log messages of this feature. Event ids 1100 to 1199.</summary>
internal static partial class Log
{
    [LoggerMessage(1100, LogLevel.Information, "The gateway serves gRPC at {Grpc}, and health and metrics at {Http}.")]
    public static partial void Listening(ILogger logger, string grpc, string http);

    [LoggerMessage(
        1101,
        LogLevel.Warning,
        "The gateway serves gRPC-Web without TLS at {Http}. Anyone on the network path can read key parts. Set Rke:Grpc:Url to https://, "
        + "or put a proxy with TLS in front.")]
    public static partial void WebWithoutTls(ILogger logger, string http);

    [LoggerMessage(
        1103,
        LogLevel.Warning,
        "The gateway serves JSON without TLS at {Http}. Anyone on the network path can read key parts. Set Rke:Grpc:Url to https://, "
        + "or put a proxy with TLS in front.")]
    public static partial void JsonWithoutTls(ILogger logger, string http);

    [LoggerMessage(1102, LogLevel.Warning, "The gateway closed a connection: {Reason}")]
    public static partial void ConnectionClosed(ILogger logger, string reason);
}
