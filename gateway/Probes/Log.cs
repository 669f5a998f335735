using Rke.Gateway.Networks;

namespace Rke.Gateway.Probes;

/// <summary>Log messages of this feature. Event ids 2900 to 2999.</summary>
internal static partial class Log
{
    [LoggerMessage(2900, LogLevel.Warning, "{Problem}")]
    public static partial void ServerNotLive(ILogger logger, string problem);

    [LoggerMessage(2901, LogLevel.Information, "Key server {Server} at {Address} responds again.")]
    public static partial void ServerLive(ILogger logger, ServerId server, string address);

    [LoggerMessage(2902, LogLevel.Warning, "{Problem}")]
    public static partial void DomainWrong(ILogger logger, string problem);

    [LoggerMessage(2903, LogLevel.Information, "The records of {Domain} are right again.")]
    public static partial void DomainRight(ILogger logger, string domain);
}
