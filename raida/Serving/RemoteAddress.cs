using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Rke.Raida.Serving;

/// <summary>The source of a datagram, read from a socket address without allocating memory.</summary>
/// <param name="Address">An IPv4 address in the last four bytes after zeros, or an IPv6 address.</param>
/// <param name="Port">The UDP port.</param>
/// <param name="IsIPv6">
/// An IPv6 address that is not IPv4-mapped. An IPv6 address such as ::7f00:1 has the same number as an IPv4 address.
/// </param>
public readonly record struct RemoteAddress(UInt128 Address, ushort Port, bool IsIPv6 = false)
{
    // Offsets in sockaddr_in and sockaddr_in6.
    private const int PortOffset = 2;
    private const int IPv4Offset = 4;
    private const int IPv6Offset = 8;
    private const int IPv6Length = 28;
    private const uint IPv4Mapped = 0xFFFF;

    /// <summary>The address, for the checks of account requests.</summary>
    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Address);
        return new(IsIPv6 ? bytes : bytes[12..]);
    }

    /// <summary>Converts an endpoint.</summary>
    public static RemoteAddress Of(IPEndPoint endPoint) => Of(endPoint.Serialize());

    /// <summary>Converts the address from a receive call of .NET.</summary>
    public static RemoteAddress Of(SocketAddress address) =>
        Of(address.Buffer.Span, address.Family == AddressFamily.InterNetwork);

    /// <summary>Converts the address from a system call of Linux: sockaddr_in or sockaddr_in6.</summary>
    internal static RemoteAddress Of(ReadOnlySpan<byte> address) => Of(address, address.Length < IPv6Length);

    private static RemoteAddress Of(ReadOnlySpan<byte> address, bool isIPv4)
    {
        var port = BinaryPrimitives.ReadUInt16BigEndian(address[PortOffset..]);
        if (isIPv4)
        {
            return new(BinaryPrimitives.ReadUInt32BigEndian(address[IPv4Offset..]), port);
        }

        var whole = BinaryPrimitives.ReadUInt128BigEndian(address[IPv6Offset..]);
        return (whole >> 32) == IPv4Mapped ? new((uint)whole, port) : new(whole, port, IsIPv6: true);
    }
}
