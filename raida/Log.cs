using System.Net;
using Microsoft.Extensions.Logging;
using Rke.Wire;

namespace Rke.Raida;

/// <summary>All log messages of the key server. Event ids: 4000-4099.</summary>
internal static partial class Log
{
    [LoggerMessage(4000, LogLevel.Information,
        "Key server {RaidaId} of network {Network} listens on {EndPoint} (profile {Profile}, {Coins} coins)")]
    public static partial void Listening(
        ILogger logger, byte raidaId, ushort network, IPEndPoint endPoint, WireProfile profile, int coins);

    [LoggerMessage(4001, LogLevel.Warning,
        "Network faults are simulated: requests {Requests}, responses {Responses}, seed {Seed}")]
    public static partial void Impaired(ILogger logger, string requests, string responses, ulong seed);

    [LoggerMessage(4002, LogLevel.Warning,
        "Key server {RaidaId} has no coins and answers only Echo and name lookups. Name a key file with --coins")]
    public static partial void NoCoins(ILogger logger, byte raidaId);

    [LoggerMessage(4003, LogLevel.Error, "Key server {RaidaId} failed to handle a datagram and dropped it")]
    public static partial void RequestFailed(ILogger logger, byte raidaId, Exception failure);

    [LoggerMessage(4004, LogLevel.Debug, "Key server {RaidaId} could not send a response: {Error}")]
    public static partial void NotSent(ILogger logger, byte raidaId, System.Net.Sockets.SocketError error);

    [LoggerMessage(4005, LogLevel.Information, "Key servers stopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(4006, LogLevel.Critical, "Cannot start: {Reason}")]
    public static partial void CannotStart(ILogger logger, string reason);

    [LoggerMessage(4007, LogLevel.Warning,
        "Created {Coins} coins in '{File}'. Anyone who can read this file can use the coins")]
    public static partial void CoinsCreated(ILogger logger, int coins, string file);

    [LoggerMessage(4008, LogLevel.Information, "Loaded {Coins} coins of network {Network} from '{Path}'")]
    public static partial void CoinsLoaded(ILogger logger, int coins, ushort network, string path);

    [LoggerMessage(4009, LogLevel.Error, "Skipped an invalid key file: {Reason}")]
    public static partial void KeyFileSkipped(ILogger logger, string reason);

    [LoggerMessage(4010, LogLevel.Warning,
        "Free accounts are open to {Networks}. Their authenticity numbers are sent in the clear: everyone between client and server can "
        + "read them")]
    public static partial void FreeAccounts(ILogger logger, string networks);

    [LoggerMessage(4011, LogLevel.Warning,
        "Opened accounts, and the coins that paid for them, are lost when the servers stop: no folder keeps them. Name one with --accounts")]
    public static partial void AccountsNotKept(ILogger logger);
}
