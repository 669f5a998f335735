using System.Buffers.Binary;

namespace Rke.Wire;

/// <summary>
/// The key id: 16 bytes that identify a posted key part (docs/WIRE.md §5). Anyone with the key id can get the part.
/// </summary>
public readonly record struct KeyId
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 16;

    private readonly UInt128 _bits;

    private KeyId(UInt128 bits) => _bits = bits;

    /// <summary>Reads the first 16 bytes.</summary>
    public static KeyId Read(ReadOnlySpan<byte> source) => new(BinaryPrimitives.ReadUInt128BigEndian(source));

    /// <summary>Writes the 16 bytes.</summary>
    public void CopyTo(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, _bits);

    /// <summary>HS, the MD5 of the key id. The hash is not a secret: it is enough to get the part.</summary>
    public KeyIdHash Hash()
    {
        Span<byte> id = stackalloc byte[Length];
        Span<byte> hash = stackalloc byte[KeyIdHash.Length];
        CopyTo(id);
        KeyIdDigest.Compute(id, hash);
        return KeyIdHash.Read(hash);
    }

    /// <inheritdoc/>
    public override string ToString() => "KeyId(redacted)";
}

/// <summary>HS: the MD5 of a key id, 16 bytes (docs/WIRE.md §5). Get Key and Signal identify a part by HS.</summary>
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
