using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Rke.Wire;

/// <summary>Converts IP addresses to and from the 16-byte fields of frames, as big-endian numbers.</summary>
internal static class WireAddress
{
    /// <summary>Length in bytes for IPv4 and IPv6.</summary>
    public const int Length = 16;

    /// <summary>
    /// The format of a Get Key response: IPv4 in the last four bytes, after zeros (docs/WIRE.md §5). The number 1 is
    /// the IPv6 address ::1.
    /// </summary>
    public static IPAddress OfRightAligned(UInt128 bits)
    {
        Span<byte> bytes = stackalloc byte[Length];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, bits);
        return new(bits <= uint.MaxValue && bits != 1 ? bytes[12..] : bytes);
    }

    /// <summary>The inverse of <see cref="OfRightAligned"/>. An IPv4-mapped IPv6 address is written as IPv4.</summary>
    public static UInt128 ToRightAligned(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[Length];
        address.TryWriteBytes(bytes, out var length);
        return length == 4 || address.IsIPv4MappedToIPv6
            ? BinaryPrimitives.ReadUInt32BigEndian(bytes[(length - 4)..])
            : BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    /// <summary>The format of a Signal: IPv4 in the first four bytes (docs/WIRE.md §5).</summary>
    public static IPAddress OfLeftAligned(UInt128 bits, bool isIPv4)
    {
        Span<byte> bytes = stackalloc byte[Length];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, bits);
        return new(isIPv4 ? bytes[..4] : bytes);
    }

    /// <summary>The inverse of <see cref="OfLeftAligned"/>. Zeros follow an IPv4 address.</summary>
    public static UInt128 ToLeftAligned(IPAddress address, out bool isIPv4)
    {
        Span<byte> bytes = stackalloc byte[Length];
        bytes.Clear();
        address.TryWriteBytes(bytes, out _);
        isIPv4 = address.AddressFamily == AddressFamily.InterNetwork;
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
