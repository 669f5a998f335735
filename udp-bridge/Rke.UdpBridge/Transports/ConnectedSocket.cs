using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Rke.UdpBridge.Transports;

/// <summary>
/// A UDP socket that is connected to one server: the system receives only datagrams from its address, and chooses a
/// random local port. Both transports use it.
/// </summary>
internal static class ConnectedSocket
{
    private const int BufferLength = 1 << 20;

    // Linux: the level and name of IP_RECVERR and IPV6_RECVERR.
    private const int LevelIPv4 = 0;
    private const int LevelIPv6 = 41;
    private const int ReceiveErrorsIPv4 = 11;
    private const int ReceiveErrorsIPv6 = 25;

    /// <summary>Opens a socket in non-blocking mode.</summary>
    /// <exception cref="SocketException">The system has no socket or no route.</exception>
    public static Socket Open(IPEndPoint server)
    {
        var address = server.Address.IsIPv4MappedToIPv6 ? server.Address.MapToIPv4() : server.Address;
        var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Blocking = false;
            socket.ReceiveBufferSize = BufferLength;
            socket.SendBufferSize = BufferLength;
            socket.Connect(new IPEndPoint(address, server.Port));
            ReportErrors(socket, true);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The error is the form of an ICMP message.</summary>
    public static bool IsUnreachable(SocketError error, AddressFamily family) => error switch
    {
        SocketError.ConnectionRefused or SocketError.ConnectionReset => true,
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostDown => true,

        // Protocol unreachable, and source route failed.
        SocketError.ProtocolOption or SocketError.OperationNotSupported => true,

        // A prohibiting firewall. For IPv4 the error is HostUnreachable.
        SocketError.AccessDenied => family == AddressFamily.InterNetworkV6,
        _ => false,
    };

    /// <summary>The result of a datagram that the system did not send.</summary>
    /// <param name="error">Why the system did not send it.</param>
    /// <param name="isRefused">An earlier attempt to send it reported that the server is unreachable.</param>
    public static SendResult ResultOf(SocketError error, bool isRefused) => error switch
    {
        SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable when !isRefused => SendResult.Dropped,
        SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable => SendResult.Refused,
        SocketError.ConnectionRefused or SocketError.ConnectionReset => SendResult.Refused,
        _ => SendResult.Failed,
    };

    /// <summary>
    /// Frees the messages that Linux keeps for MSG_ERRQUEUE. Otherwise they fill the receive buffer until the socket
    /// drops every datagram.
    /// </summary>
    public static void ClearErrors(Socket socket)
    {
        ReportErrors(socket, false);
        ReportErrors(socket, true);
    }

    /// <summary>
    /// Makes Linux report every ICMP message. By default it reports a closed port and a prohibiting firewall, but not a
    /// host or network that is unreachable. Kernels without this option report what they can.
    /// </summary>
    private static void ReportErrors(Socket socket, bool isReported)
    {
        if (OperatingSystem.IsLinux())
        {
            var isIPv4 = socket.AddressFamily == AddressFamily.InterNetwork;
            Span<byte> value = stackalloc byte[sizeof(int)];
            MemoryMarshal.Write(value, isReported ? 1 : 0);
            try
            {
                socket.SetRawSocketOption(
                    isIPv4 ? LevelIPv4 : LevelIPv6, isIPv4 ? ReceiveErrorsIPv4 : ReceiveErrorsIPv6, value);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // The kernel does not have the option, or the port is closed.
            }
        }
    }
}
