using System.Net.Sockets;

namespace Rke.UdpBridge.Transports.Native;

/// <summary>The error numbers of Linux (asm-generic/errno.h: x64 and arm64) as socket errors.</summary>
internal static class LinuxErrors
{
    public const int Interrupted = 4;

    public static SocketError ToSocketError(int number) => number switch
    {
        0 => SocketError.Success,
        Interrupted => SocketError.Interrupted,
        11 => SocketError.WouldBlock,
        1 or 13 => SocketError.AccessDenied, // EPERM: a firewall of this machine. EACCES
        9 => SocketError.OperationAborted, // EBADF: the socket is closed
        12 or 105 => SocketError.NoBufferSpaceAvailable, // ENOMEM, ENOBUFS
        14 => SocketError.Fault,
        22 => SocketError.InvalidArgument,
        23 or 24 => SocketError.TooManyOpenSockets, // ENFILE, EMFILE
        32 => SocketError.Shutdown, // EPIPE
        71 => SocketError.ProtocolNotSupported, // EPROTO
        88 => SocketError.NotSocket,
        89 => SocketError.DestinationAddressRequired,
        90 => SocketError.MessageSize,
        92 => SocketError.ProtocolOption, // ENOPROTOOPT: ICMP protocol unreachable
        95 => SocketError.OperationNotSupported, // EOPNOTSUPP: ICMP source route failed
        97 => SocketError.AddressFamilyNotSupported,
        98 => SocketError.AddressAlreadyInUse,
        99 => SocketError.AddressNotAvailable,
        100 => SocketError.NetworkDown,
        101 => SocketError.NetworkUnreachable,
        102 => SocketError.NetworkReset,
        104 => SocketError.ConnectionReset,
        107 => SocketError.NotConnected,
        110 => SocketError.TimedOut,
        111 => SocketError.ConnectionRefused,
        112 => SocketError.HostDown,
        113 => SocketError.HostUnreachable,
        _ => SocketError.SocketError,
    };
}
