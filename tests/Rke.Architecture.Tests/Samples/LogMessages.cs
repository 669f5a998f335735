using Microsoft.Extensions.Logging;

namespace Rke.Architecture.Tests.Samples;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "text")]
    public static partial void First(ILogger logger);

    [LoggerMessage(2, LogLevel.Information, "text")]
    public static partial void Second(ILogger logger);
}

internal static partial class Service
{
    [LoggerMessage(3, LogLevel.Information, "text")]
    public static partial void Outside(ILogger logger);
}

internal static partial class LogWithoutId
{
    [LoggerMessage(LogLevel.Information, "text")]
    public static partial void Message(ILogger logger);
}
