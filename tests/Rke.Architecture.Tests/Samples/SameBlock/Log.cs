using Microsoft.Extensions.Logging;

namespace Rke.Architecture.Tests.Samples.SameBlock;

internal static partial class Log
{
    [LoggerMessage(50, LogLevel.Information, "text")]
    public static partial void Message50(ILogger logger);
}
