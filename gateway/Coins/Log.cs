using Rke.Gateway.Networks;
using Rke.Wire;

namespace Rke.Gateway.Coins;

/// <summary>Log messages of this feature. Event ids 1300 to 1399.</summary>
internal static partial class Log
{
    [LoggerMessage(1300, LogLevel.Information, "Loaded {Coins} coins from {Files} key files in '{Path}'.")]
    public static partial void KeysLoaded(ILogger logger, int coins, int files, string path);

    [LoggerMessage(1301, LogLevel.Error, "Invalid RAIDA key file: {Problem}")]
    public static partial void KeyFileRefused(ILogger logger, string problem);

    [LoggerMessage(
        1302,
        LogLevel.Error,
        "Cannot read the key folder '{Path}': {Problem}. The coins that are already loaded stay.")]
    public static partial void KeyFolderUnreadable(ILogger logger, string path, string problem);

    [LoggerMessage(
        1303,
        LogLevel.Warning,
        "Cannot watch the key folder '{Path}': {Problem}. The gateway checks it every {Rescan}.")]
    public static partial void KeyFolderUnwatched(ILogger logger, string path, TimeSpan rescan, string problem);

    [LoggerMessage(
        1304,
        LogLevel.Warning,
        "Key server {Server} does not know the coin {Coin}, or has other numbers for it (refusal {Refusals}). The gateway does not "
        + "use the coin there for {Rest}. Check the key file of the coin.")]
    public static partial void CoinRefused(ILogger logger, ServerId server, CoinId coin, int refusals, TimeSpan rest);

    [LoggerMessage(1305, LogLevel.Information, "The coin {Coin} is used again on key server {Server}, which refused it before.")]
    public static partial void CoinAccepted(ILogger logger, CoinId coin, ServerId server);
}
