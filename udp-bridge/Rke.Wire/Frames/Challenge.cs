using System.Buffers.Binary;
using System.IO.Hashing;

namespace Rke.Wire;

/// <summary>
/// The challenge: the first 16 bytes of every request body (docs/WIRE.md §3).
/// <code>
///  0  random (12)
/// 12  CRC-32 of the random bytes (4), big-endian
/// </code>
/// </summary>
public readonly struct Challenge : IEquatable<Challenge>
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 16;

    /// <summary>Length of the random bytes.</summary>
    public const int RandomLength = 12;

    private Challenge(UInt128 bits) => Bits = bits;

    internal UInt128 Bits { get; }

    /// <summary>Makes a challenge of 12 random bytes.</summary>
    public static Challenge Create(ReadOnlySpan<byte> random)
    {
        Span<byte> bytes = stackalloc byte[Length];
        random[..RandomLength].CopyTo(bytes);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[RandomLength..], Crc32.HashToUInt32(bytes[..RandomLength]));
        return new(BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }

    /// <summary>Reads 16 plain bytes. Returns false if the CRC is wrong. The usual cause is a wrong AN.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out Challenge challenge)
    {
        challenge = new(BinaryPrimitives.ReadUInt128BigEndian(source));
        return Crc32.HashToUInt32(source[..RandomLength])
            == BinaryPrimitives.ReadUInt32BigEndian(source[RandomLength..]);
    }

    /// <summary>Writes the 16 bytes.</summary>
    public void CopyTo(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, Bits);

    /// <inheritdoc/>
    public bool Equals(Challenge other) => Bits == other.Bits;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Challenge other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Bits.GetHashCode();

    public static bool operator ==(Challenge left, Challenge right) => left.Equals(right);

    public static bool operator !=(Challenge left, Challenge right) => !left.Equals(right);
}
