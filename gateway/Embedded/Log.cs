namespace Rke.Gateway.Embedded;

/// <summary>Log messages of this feature. Event ids 2600 to 2699.</summary>
internal static partial class Log
{
    [LoggerMessage(
        2600,
        LogLevel.Warning,
        "EMBEDDED KEY SERVERS. No network is configured, so this process runs {Servers} key servers on loopback with {Coins} new coins. "
        + "All coins and key parts are lost when the process stops. Use this for development and demonstration only, NOT for secrets. "
        + "To use a real network, configure Rke:Networks.")]
    public static partial void Embedded(ILogger logger, int servers, int coins);
}
