using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Rke.Raida.Serving;

/// <summary>Where a datagram came from: made of a socket address without allocating.</summary>
/// <param name="Address">IPv4 in the last four bytes, zeros before; otherwise IPv6.</param>
/// <param name="Port">The UDP port.</param>
public readonly record struct RemoteAddress(UInt128 Address, ushort Port)
{
    private const int PortOffset = 2;
    private const int IPv4Offset = 4;
    private const int IPv6Offset = 8;
    private const uint IPv4Mapped = 0xFFFF;

    /// <summary>Of an end point.</summary>
    public static RemoteAddress Of(IPEndPoint endPoint) => Of(endPoint.Serialize());

    /// <summary>Of what a receive call filled in; the layout is that of sockaddr_in and sockaddr_in6.</summary>
    public static RemoteAddress Of(SocketAddress address)
    {
        var bytes = address.Buffer.Span;
        var port = BinaryPrimitives.ReadUInt16BigEndian(bytes[PortOffset..]);
        if (address.Family == AddressFamily.InterNetwork)
        {
            return new(BinaryPrimitives.ReadUInt32BigEndian(bytes[IPv4Offset..]), port);
        }

        var whole = BinaryPrimitives.ReadUInt128BigEndian(bytes[IPv6Offset..]);
        return new((whole >> 32) == IPv4Mapped ? (uint)whole : whole, port);
    }

    /// <summary>The address of an earlier <see cref="Address"/>; ::1 is itself, no IPv4 address.</summary>
    internal static IPAddress ToIPAddress(UInt128 address)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, address);
        return address >> 32 == 0 && address != 1 ? new IPAddress(bytes[12..]) : new IPAddress(bytes);
    }
}
