using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Rke.Wire;

namespace Rke.UdpBridge;

/// <summary>Everything that the bridge logs: events 2000-2099.</summary>
internal static partial class Log
{
    [LoggerMessage(2000, LogLevel.Warning,
        "No answer from server {RaidaId} of network {Network} at {Server}: "
        + "requests to it fail at once until it answers a probe")]
    public static partial void BreakerOpened(ILogger logger, ushort network, byte raidaId, IPEndPoint server);

    [LoggerMessage(2001, LogLevel.Information, "Server {RaidaId} of network {Network} at {Server} answers again")]
    public static partial void BreakerClosed(ILogger logger, ushort network, byte raidaId, IPEndPoint server);

    [LoggerMessage(2002, LogLevel.Error,
        "Cannot open a socket to server {RaidaId} of network {Network} at {Server}: {Error}")]
    public static partial void SocketNotOpened(
        ILogger logger, ushort network, byte raidaId, IPEndPoint server, SocketError error);

    [LoggerMessage(2003, LogLevel.Warning,
        "A socket to server {RaidaId} of network {Network} at {Server} keeps failing ({Error}) and is replaced")]
    public static partial void SocketReplaced(
        ILogger logger, ushort network, byte raidaId, IPEndPoint server, SocketError error);

    [LoggerMessage(2004, LogLevel.Error,
        "A datagram from server {RaidaId} of network {Network} at {Server} was not handled")]
    public static partial void DatagramFault(
        ILogger logger, Exception exception, ushort network, byte raidaId, IPEndPoint server);

    [LoggerMessage(2005, LogLevel.Debug, "Server {RaidaId} of network {Network} at {Server} refuses datagrams (ICMP)")]
    public static partial void Refused(ILogger logger, ushort network, byte raidaId, IPEndPoint server);

    [LoggerMessage(2006, LogLevel.Debug,
        "A datagram that claims to be from server {RaidaId} of network {Network} at {Server} was ignored: {Reason}")]
    public static partial void Dropped(
        ILogger logger, ushort network, byte raidaId, IPEndPoint server, WireError reason);

    [LoggerMessage(2007, LogLevel.Information, "{Configured} servers are configured")]
    public static partial void Configured(ILogger logger, int configured);
}
