using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Rke.Grpc;

/// <summary>Every log message of this project.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Error, "The handler of {Method} threw an exception.")]
    public static partial void HandlerThrew(ILogger logger, string method, Exception exception);

    [LoggerMessage(2, LogLevel.Debug, "{Method} ended with {StatusCode}.")]
    public static partial void HandlerFailed(ILogger logger, string method, StatusCode statusCode);

    [LoggerMessage(3, LogLevel.Debug, "{Method} ended because its deadline passed.")]
    public static partial void DeadlinePassed(ILogger logger, string method);

    [LoggerMessage(4, LogLevel.Debug, "{Method} ended because the caller is gone.")]
    public static partial void CallerGone(ILogger logger, string method);

    [LoggerMessage(5, LogLevel.Debug, "The grpc-timeout of a call to {Method} is malformed and ignored.")]
    public static partial void TimeoutIgnored(ILogger logger, string method);

    [LoggerMessage(6, LogLevel.Error, "The trailers of {Method} cannot be sent.")]
    public static partial void TrailersRefused(ILogger logger, string method, Exception exception);
}
