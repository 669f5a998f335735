using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Rke.Wire;

/// <summary>IP addresses as they stand in frames.</summary>
internal static class WireAddress
{
    /// <summary>Length in bytes, of either version.</summary>
    public const int Length = 16;

    /// <summary>In a Get Key answer: IPv4 in the last four bytes, zeros before (docs/WIRE.md §5); but ::1 is itself.</summary>
    public static IPAddress ReadRightAligned(ReadOnlySpan<byte> source) =>
        source[..12].IndexOfAnyExcept((byte)0) < 0 && BinaryPrimitives.ReadUInt32BigEndian(source[12..]) != 1
            ? new IPAddress(source[12..Length])
            : new IPAddress(source[..Length]);

    /// <summary>The opposite of <see cref="ReadRightAligned"/>; an IPv4 address mapped to IPv6 is written as IPv4.</summary>
    public static void WriteRightAligned(IPAddress address, Span<byte> destination)
    {
        destination[..Length].Clear();
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        address.TryWriteBytes(address.AddressFamily == AddressFamily.InterNetwork ? destination[12..] : destination, out _);
    }
}
