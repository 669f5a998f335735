using System.Buffers.Binary;

namespace Rke.Wire;

/// <summary>HS: the MD5 of a key id, 16 bytes. Get Key and Signal name a part by it.</summary>
public readonly record struct KeyIdHash
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 16;

    private readonly UInt128 _bits;

    private KeyIdHash(UInt128 bits) => _bits = bits;

    /// <summary>Reads the first 16 bytes.</summary>
    public static KeyIdHash Read(ReadOnlySpan<byte> source) => new(BinaryPrimitives.ReadUInt128BigEndian(source));

    /// <summary>Writes the 16 bytes.</summary>
    public void CopyTo(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, _bits);

    /// <summary>32 hexadecimal digits.</summary>
    public override string ToString() => _bits.ToString("x32", System.Globalization.CultureInfo.InvariantCulture);
}
