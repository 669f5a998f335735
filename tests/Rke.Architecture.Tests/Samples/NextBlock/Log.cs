using Microsoft.Extensions.Logging;

namespace Rke.Architecture.Tests.Samples.NextBlock;

internal static partial class Log
{
    [LoggerMessage(100, LogLevel.Information, "text")]
    public static partial void Message100(ILogger logger);
}
