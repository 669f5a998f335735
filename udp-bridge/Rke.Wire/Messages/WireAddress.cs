using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Rke.Wire;

/// <summary>IP addresses as they stand in frames: 16 bytes, read as one big-endian number.</summary>
internal static class WireAddress
{
    /// <summary>Length in bytes, of either version.</summary>
    public const int Length = 16;

    /// <summary>In a Get Key answer: IPv4 in the last four bytes, zeros before (docs/WIRE.md §5); but ::1 is itself.</summary>
    public static IPAddress OfRightAligned(UInt128 bits)
    {
        Span<byte> bytes = stackalloc byte[Length];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, bits);
        return new(bits <= uint.MaxValue && bits != 1 ? bytes[12..] : bytes);
    }

    /// <summary>The opposite of <see cref="OfRightAligned"/>; an IPv4 address mapped to IPv6 is IPv4.</summary>
    public static UInt128 ToRightAligned(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[Length];
        address.TryWriteBytes(bytes, out var length);
        return length == 4 || address.IsIPv4MappedToIPv6
            ? BinaryPrimitives.ReadUInt32BigEndian(bytes[(length - 4)..])
            : BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    /// <summary>In a Signal: IPv4 in the first four bytes.</summary>
    public static IPAddress OfLeftAligned(UInt128 bits, bool isIPv4)
    {
        Span<byte> bytes = stackalloc byte[Length];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, bits);
        return new(isIPv4 ? bytes[..4] : bytes);
    }

    /// <summary>The opposite of <see cref="OfLeftAligned"/>: zeros stand behind IPv4.</summary>
    public static UInt128 ToLeftAligned(IPAddress address, out bool isIPv4)
    {
        Span<byte> bytes = stackalloc byte[Length];
        bytes.Clear();
        address.TryWriteBytes(bytes, out _);
        isIPv4 = address.AddressFamily == AddressFamily.InterNetwork;
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
