using System.Buffers.Binary;
using System.Net;

namespace Rke.Wire;

/// <summary>
/// Where one part of a key waits: 36 bytes of a Signal (docs/WIRE.md §5).
/// <code>
/// IP version (1: 4 or 6) | HS (16) | address (16; IPv4 first, then 12 random bytes) | port (3)
/// </code>
/// </summary>
public readonly record struct SignalPart
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 36;

    /// <summary>Random bytes behind an IPv4 address.</summary>
    public const int FillLength = 12;

    private const int IPv4Length = WireAddress.Length - FillLength;

    // Not an IPEndPoint: reading a frame allocates nothing.
    private readonly UInt128 _address;
    private readonly bool _isIPv4;
    private readonly ushort _port;

    /// <summary>A part with the hash <paramref name="hash"/> waits at <paramref name="server"/>.</summary>
    public SignalPart(KeyIdHash hash, IPEndPoint server)
    {
        Hash = hash;
        _address = WireAddress.ToLeftAligned(server.Address, out _isIPv4);
        _port = (ushort)server.Port;
    }

    private SignalPart(ReadOnlySpan<byte> source)
    {
        _isIPv4 = source[0] == 4;
        Hash = KeyIdHash.Read(source[1..]);
        _address = BinaryPrimitives.ReadUInt128BigEndian(source[17..]);
        if (_isIPv4)
        {
            _address = _address >> (FillLength * 8) << (FillLength * 8);
        }

        _port = BinaryPrimitives.ReadUInt16BigEndian(source[34..]);
    }

    public KeyIdHash Hash { get; }

    public IPEndPoint Server => new(WireAddress.OfLeftAligned(_address, _isIPv4), _port);

    internal bool HasPort => _port != 0;

    internal static bool TryRead(ReadOnlySpan<byte> source, out SignalPart part, out WireError error)
    {
        part = default;
        if (source[0] is not (4 or 6))
        {
            error = WireError.AddressVersionInvalid;
            return false;
        }

        // 24 bits; nothing listens on 0 or above 65535.
        if (source[33] != 0 || BinaryPrimitives.ReadUInt16BigEndian(source[34..]) == 0)
        {
            error = WireError.PortInvalid;
            return false;
        }

        part = new(source);
        error = WireError.None;
        return true;
    }

    internal void Write(Span<byte> destination, ReadOnlySpan<byte> fill)
    {
        destination[0] = _isIPv4 ? (byte)4 : (byte)6;
        Hash.CopyTo(destination[1..]);
        BinaryPrimitives.WriteUInt128BigEndian(destination[17..], _address);
        if (_isIPv4)
        {
            fill[..FillLength].CopyTo(destination[(17 + IPv4Length)..]);
        }

        destination[33] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(destination[34..], _port);
    }
}
