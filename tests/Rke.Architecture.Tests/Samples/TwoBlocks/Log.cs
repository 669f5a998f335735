using Microsoft.Extensions.Logging;

namespace Rke.Architecture.Tests.Samples.TwoBlocks;

internal static partial class Log
{
    [LoggerMessage(299, LogLevel.Information, "text")]
    public static partial void Message299(ILogger logger);

    [LoggerMessage(300, LogLevel.Information, "text")]
    public static partial void Message300(ILogger logger);
}
