using Rke.Wire;

namespace Rke.Gateway.Accounts;

/// <summary>Log messages of this feature. Event ids 3300 to 3399.</summary>
internal static partial class Log
{
    [LoggerMessage(
        3300, LogLevel.Information, "The account {Coin} of network {Network} is open at all key servers. Its key file is '{Path}'.")]
    public static partial void AccountOpened(ILogger logger, CoinId coin, ushort network, string path);

    [LoggerMessage(
        3301,
        LogLevel.Warning,
        "The key servers of network {Network} sent the authenticity numbers of the account {Coin} in the clear. Everyone between the "
        + "gateway and a key server can read them.")]
    public static partial void SentInTheClear(ILogger logger, CoinId coin, ushort network);
}
