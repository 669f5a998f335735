

namespace Rke.Lookup;

/// <summary>Log messages of this feature. Event ids 3100 to 3199.</summary>
internal static partial class Log
{
    [LoggerMessage(
        3100,
        LogLevel.Information,
        "The records of {Domain} have {Count} invalid lines. The first is: {Line}")]
    public static partial void RecordUnreadable(ILogger logger, string domain, int count, string line);

    [LoggerMessage(3101, LogLevel.Debug, "The answer for {Domain} is stale, because its sources do not answer.")]
    public static partial void StaleAnswer(ILogger logger, string domain);

    [LoggerMessage(
        3102,
        LogLevel.Warning,
        "The answers for {Domain} differ in {Count} points. The first is: {Conflict}")]
    public static partial void SourcesDiffer(ILogger logger, string domain, int count, string conflict);
}
