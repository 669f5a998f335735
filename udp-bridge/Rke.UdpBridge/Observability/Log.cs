using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Rke.UdpBridge.Core;
using Rke.Wire;

namespace Rke.UdpBridge;

/// <summary>The log messages of the bridge: events 2000-2099.</summary>
internal static partial class Log
{
    [LoggerMessage(2000, LogLevel.Warning,
        "Server {RaidaId} of network {Network} at {Server} does not respond. "
        + "Requests to it fail at once until it responds to a probe")]
    public static partial void BreakerOpened(ILogger logger, ushort network, byte raidaId, IPEndPoint server);

    [LoggerMessage(2001, LogLevel.Information, "Server {RaidaId} of network {Network} at {Server} responds again")]
    public static partial void BreakerClosed(ILogger logger, ushort network, byte raidaId, IPEndPoint server);

    [LoggerMessage(2002, LogLevel.Error,
        "Cannot open a socket to server {RaidaId} of network {Network} at {Server}: {Error}")]
    public static partial void SocketNotOpened(
        ILogger logger, ushort network, byte raidaId, IPEndPoint server, SocketError error);

    [LoggerMessage(2003, LogLevel.Warning,
        "A socket to server {RaidaId} of network {Network} at {Server} cannot receive ({Error}). "
        + "The bridge replaces it")]
    public static partial void SocketBroken(
        ILogger logger, ushort network, byte raidaId, IPEndPoint server, SocketError error);

    [LoggerMessage(2004, LogLevel.Error,
        "The handling of a datagram from server {RaidaId} of network {Network} at {Server} failed. The datagram is lost")]
    public static partial void DatagramFault(
        ILogger logger, Exception exception, ushort network, byte raidaId, IPEndPoint server);

    [LoggerMessage(2005, LogLevel.Debug,
        "Server {RaidaId} of network {Network} at {Server} is unreachable (ICMP: {Error})")]
    public static partial void Refused(
        ILogger logger, ushort network, byte raidaId, IPEndPoint server, SocketError error);

    [LoggerMessage(2006, LogLevel.Debug,
        "A datagram from the address of server {RaidaId} of network {Network} at {Server} is dropped: {Reason}")]
    public static partial void Dropped(
        ILogger logger, ushort network, byte raidaId, IPEndPoint server, WireError reason);

    [LoggerMessage(2007, LogLevel.Information, "{Configured} servers are configured")]
    public static partial void Configured(ILogger logger, int configured);

    [LoggerMessage(2008, LogLevel.Debug,
        "A datagram to server {RaidaId} of network {Network} at {Server} cannot be sent: {Error}")]
    public static partial void SendFailed(
        ILogger logger, ushort network, byte raidaId, IPEndPoint server, SocketError error);

    [LoggerMessage(EventId = 2009, Message =
        "{Count} sockets to server {RaidaId} of network {Network} at {Server} are replaced by sockets on new ports: "
        + "{Reason}")]
    public static partial void SocketsReplaced(
        ILogger logger,
        LogLevel level,
        int count,
        ushort network,
        byte raidaId,
        IPEndPoint server,
        ReplacementReason reason);

    [LoggerMessage(2010, LogLevel.Error, "A timer of the bridge has failed. Report this as a bug")]
    public static partial void TimerFault(ILogger logger, Exception exception);

    [LoggerMessage(2011, LogLevel.Warning, "{Reason}. The bridge uses .NET sockets, which need more processor time")]
    public static partial void TransportNotStarted(ILogger logger, string reason);

    [LoggerMessage(2012, LogLevel.Error, "The handling of a request on a TCP connection failed. The connection is closed")]
    public static partial void StreamRequestFailed(ILogger logger, Exception exception);
}
