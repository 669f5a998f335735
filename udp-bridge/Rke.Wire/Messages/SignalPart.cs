using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Rke.Wire;

/// <summary>
/// Where one part of a key waits: 36 bytes of a Signal (docs/WIRE.md §5).
/// <code>
/// IP version (1: 4 or 6) | HS (16) | address (16; IPv4 first, then 12 random bytes) | port (3)
/// </code>
/// </summary>
public readonly record struct SignalPart(KeyIdHash Hash, IPEndPoint Server)
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 36;

    /// <summary>Random bytes behind an IPv4 address.</summary>
    public const int FillLength = 12;

    internal static bool TryRead(ReadOnlySpan<byte> source, out SignalPart part, out WireError error)
    {
        part = default;
        if (source[0] is not (4 or 6))
        {
            error = WireError.AddressVersionInvalid;
            return false;
        }

        var port = (source[33] << 16) | BinaryPrimitives.ReadUInt16BigEndian(source[34..]);
        if (port is 0 or > 65535)
        {
            error = WireError.PortInvalid;
            return false;
        }

        var address = new IPAddress(source.Slice(17, source[0] == 4 ? 4 : 16));
        part = new(KeyIdHash.Read(source[1..]), new IPEndPoint(address, port));
        error = WireError.None;
        return true;
    }

    internal void Write(Span<byte> destination, ReadOnlySpan<byte> fill)
    {
        var isIPv4 = Server.AddressFamily == AddressFamily.InterNetwork;
        destination[0] = isIPv4 ? (byte)4 : (byte)6;
        Hash.CopyTo(destination[1..]);
        Server.Address.TryWriteBytes(destination[17..], out _);
        if (isIPv4)
        {
            fill[..FillLength].CopyTo(destination[21..]);
        }

        destination[33] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(destination[34..], (ushort)Server.Port);
    }
}
