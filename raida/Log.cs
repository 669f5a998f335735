using System.Net;
using Microsoft.Extensions.Logging;
using Rke.Wire;

namespace Rke.Raida;

/// <summary>Everything that the key server logs; ids 4000-4099.</summary>
internal static partial class Log
{
    [LoggerMessage(4000, LogLevel.Information,
        "Key server {RaidaId} of network {Network} listens on {EndPoint} (profile {Profile}, {Coins} coins)")]
    public static partial void Listening(
        ILogger logger, byte raidaId, ushort network, IPEndPoint endPoint, WireProfile profile, int coins);

    [LoggerMessage(4001, LogLevel.Warning,
        "The network is made bad on purpose: requests {Requests}, answers {Answers}, seed {Seed}")]
    public static partial void Impaired(ILogger logger, string requests, string answers, ulong seed);

    [LoggerMessage(4002, LogLevel.Warning,
        "Key server {RaidaId} knows no coin: it can answer nothing but Echo and names")]
    public static partial void NoCoins(ILogger logger, byte raidaId);

    [LoggerMessage(4003, LogLevel.Error, "Key server {RaidaId} failed to answer a datagram")]
    public static partial void Failed(ILogger logger, byte raidaId, Exception failure);

    [LoggerMessage(4004, LogLevel.Debug, "Key server {RaidaId} could not send an answer: {Error}")]
    public static partial void NotSent(ILogger logger, byte raidaId, System.Net.Sockets.SocketError error);

    [LoggerMessage(4005, LogLevel.Information, "Key servers stopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(4006, LogLevel.Critical, "Cannot start: {Reason}")]
    public static partial void CannotStart(ILogger logger, string reason);

    [LoggerMessage(4007, LogLevel.Warning, "Made {Coins} coins; whoever can read '{File}' can use them")]
    public static partial void CoinsMade(ILogger logger, int coins, string file);

    [LoggerMessage(4008, LogLevel.Information, "Loaded {Coins} coins of network {Network} from '{Path}'")]
    public static partial void CoinsLoaded(ILogger logger, int coins, ushort network, string path);

    [LoggerMessage(4009, LogLevel.Error, "A key file was refused: {Reason}")]
    public static partial void KeyFileRefused(ILogger logger, string reason);
}
