using System.Buffers.Binary;
using System.Net;
using System.Numerics;

namespace Rke.Wire;

/// <summary>
/// The payload of a Signal request: the locations of 1-16 key parts (docs/WIRE.md §5). It is never encrypted.
/// <code>
/// 0  NU
/// 1  NU × part (36)
/// </code>
/// </summary>
public readonly ref struct SignalPayload : IPayload
{
    /// <summary>The maximum number of parts in a Signal.</summary>
    public const int MaxParts = 16;

    private readonly ReadOnlySpan<byte> _fill;

    private SignalPayload(ReadOnlySpan<SignalPart> parts, ReadOnlySpan<byte> fill)
    {
        Parts = parts;
        _fill = fill;
    }

    /// <summary>1-16, in the order of the key.</summary>
    public ReadOnlySpan<SignalPart> Parts { get; }

    /// <inheritdoc/>
    public WireCommand Command => WireCommand.Signal;

    /// <summary>Makes a payload.</summary>
    /// <param name="parts">1-16.</param>
    /// <param name="fill">12 random bytes for each part. They follow an IPv4 address.</param>
    public static bool TryCreate(
        ReadOnlySpan<SignalPart> parts, ReadOnlySpan<byte> fill, out SignalPayload payload, out WireError error)
    {
        error = parts.Length is < 1 or > MaxParts ? WireError.PartCountInvalid
            : fill.Length < parts.Length * SignalPart.FillLength ? WireError.LengthWrong
            : !HavePorts(parts) ? WireError.PortInvalid
            : WireError.None;
        payload = error == WireError.None ? new(parts, fill) : default;
        return error == WireError.None;
    }

    /// <summary>Reads a plain payload.</summary>
    /// <param name="room">The buffer for up to 16 parts. The payload's parts are a slice of it.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> source, Span<SignalPart> room, out SignalPayload payload, out WireError error)
    {
        payload = default;
        if (source.IsEmpty)
        {
            error = WireError.BodyLengthWrong;
            return false;
        }

        int count = source[0];
        if (count is < 1 or > MaxParts)
        {
            error = WireError.PartCountInvalid;
            return false;
        }

        if (source.Length != LengthOf(count))
        {
            error = WireError.BodyLengthWrong;
            return false;
        }

        for (var index = 0; index < count; index++)
        {
            if (!SignalPart.TryRead(source[LengthOf(index)..], out room[index], out error))
            {
                return false;
            }
        }

        payload = new(room[..count], default);
        error = WireError.None;
        return true;
    }

    /// <inheritdoc/>
    public int Measure(WireProfile profile) => LengthOf(Parts.Length);

    /// <inheritdoc/>
    public void Write(WireProfile profile, Span<byte> destination)
    {
        destination[0] = (byte)Parts.Length;
        for (var index = 0; index < Parts.Length; index++)
        {
            Parts[index].Write(destination[LengthOf(index)..], _fill[(index * SignalPart.FillLength)..]);
        }
    }

    internal static bool IsLength(int length) =>
        length > SignalPart.Length && (length - 1) % SignalPart.Length == 0 && length <= LengthOf(MaxParts);

    private static bool HavePorts(ReadOnlySpan<SignalPart> parts)
    {
        foreach (ref readonly var part in parts)
        {
            if (!part.HasPort)
            {
                return false;
            }
        }

        return true;
    }

    private static int LengthOf(int parts) => 1 + (parts * SignalPart.Length);
}

/// <summary>
/// The location of one key part: 36 bytes of a Signal (docs/WIRE.md §5).
/// <code>
///  0  IP version: 4 or 6
///  1  HS (16)
/// 17  address (16); IPv4 in the first 4 bytes, then 12 random bytes
/// 33  port (3)
/// </code>
/// </summary>
public readonly record struct SignalPart
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 36;

    /// <summary>The number of random bytes after an IPv4 address.</summary>
    public const int FillLength = 12;

    private const int IPv4Length = WireAddress.Length - FillLength;

    // Not an IPEndPoint, so that reading a frame does not allocate.
    private readonly UInt128 _address;
    private readonly bool _isIPv4;
    private readonly ushort _port;

    /// <summary>Makes the location of the part with HS <paramref name="hash"/> at <paramref name="server"/>.</summary>
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

    /// <summary>HS.</summary>
    public KeyIdHash Hash { get; }

    /// <summary>The address and port of the key server.</summary>
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

        // The port has 24 bits. No server listens on port 0 or above 65535.
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

/// <summary>
/// The payload of a Signal response (docs/WIRE.md §5).
/// <code>
/// 0  flags (16), one for each part in order: FF = used, 00 = not used
/// </code>
/// </summary>
/// <param name="Used">Bit n is set if part n was used.</param>
public readonly record struct SignalAnswer(ushort Used) : IPayload
{
    /// <summary>Length in bytes.</summary>
    public const int Length = SignalPayload.MaxParts;

    /// <inheritdoc/>
    public WireCommand Command => WireCommand.Signal;

    /// <summary>The number of used parts.</summary>
    public int Count => BitOperations.PopCount(Used);

    /// <summary>Whether part <paramref name="index"/> was used.</summary>
    public bool IsUsed(int index) => (Used & (1 << index)) != 0;

    /// <summary>
    /// Reads a plain payload. Each of the 16 bytes must be FF or 00. The bytes after the last part must be 00.
    /// </summary>
    /// <param name="parts">The number of parts in the request.</param>
    public static bool TryRead(ReadOnlySpan<byte> source, int parts, out SignalAnswer answer, out WireError error)
    {
        answer = default;
        if (source.Length != Length)
        {
            error = WireError.BodyLengthWrong;
            return false;
        }

        ushort used = 0;
        for (var index = 0; index < Length; index++)
        {
            if (source[index] is not (0x00 or 0xFF) || (source[index] == 0xFF && index >= parts))
            {
                error = WireError.FlagInvalid;
                return false;
            }

            used |= (ushort)((source[index] & 1) << index);
        }

        answer = new(used);
        error = WireError.None;
        return true;
    }

    /// <inheritdoc/>
    public int Measure(WireProfile profile) => Length;

    /// <inheritdoc/>
    public void Write(WireProfile profile, Span<byte> destination)
    {
        for (var index = 0; index < Length; index++)
        {
            destination[index] = IsUsed(index) ? (byte)0xFF : (byte)0x00;
        }
    }
}
