using Rke.Gateway.Dns;

namespace Rke.Gateway;

/// <summary>Lookup: event ids 3000-3199.</summary>
internal static partial class Log
{
    [LoggerMessage(3000, LogLevel.Warning, "DNS question {Name} {Type} has no answer: {Outcome}.")]
    public static partial void DnsQuestionFailed(ILogger logger, string name, DnsType type, DnsOutcome outcome);

    [LoggerMessage(3003, LogLevel.Information, "Names are asked of the DNS resolvers {Resolvers}.")]
    public static partial void ResolversInUse(ILogger logger, string resolvers);

    [LoggerMessage(
        3001,
        LogLevel.Information,
        "Records of {Domain} have {Count} lines that cannot be read, the first is: {Line}")]
    public static partial void RecordUnreadable(ILogger logger, string domain, int count, string line);

    [LoggerMessage(3002, LogLevel.Debug, "The answer about {Domain} is stale: its sources do not answer.")]
    public static partial void StaleAnswer(ILogger logger, string domain);

    [LoggerMessage(
        3100,
        LogLevel.Warning,
        "Those who were asked about {Domain} differ in {Count} points, the first is: {Conflict}")]
    public static partial void SourcesDiffer(ILogger logger, string domain, int count, string conflict);
}
