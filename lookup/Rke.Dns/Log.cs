

namespace Rke.Dns;

/// <summary>Log messages of this feature. Event ids 3000 to 3099.</summary>
internal static partial class Log
{
    [LoggerMessage(3000, LogLevel.Warning, "The DNS question {Name} {Type} has no answer: {Outcome}.")]
    public static partial void DnsQuestionFailed(ILogger logger, string name, DnsType type, DnsOutcome outcome);

    [LoggerMessage(3001, LogLevel.Information, "The gateway sends DNS questions to the resolvers {Resolvers}.")]
    public static partial void ResolversInUse(ILogger logger, string resolvers);

    [LoggerMessage(
        3002,
        LogLevel.Warning,
        "The DNS question {Name} {Type} has no valid answer: a resolver changes the case of names. "
        + "Set Rke:Dns:MixCase to false, or use another resolver.")]
    public static partial void CaseChanged(ILogger logger, string name, DnsType type);
}
