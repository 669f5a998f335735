using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Rke.Wire;

/// <summary>The 16 bytes under which a key part is posted. Whoever knows them can ask for the part.</summary>
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

    /// <summary>HS, what the receiver asks for: the MD5 that the protocol prescribes. It hides nothing and need not.</summary>
    public KeyIdHash Hash()
    {
        Span<byte> id = stackalloc byte[Length];
        Span<byte> hash = stackalloc byte[KeyIdHash.Length];
        CopyTo(id);
#pragma warning disable CA5351 // The protocol says MD5 (docs/WIRE.md §5); nothing secret rests on it.
        MD5.HashData(id, hash);
#pragma warning restore CA5351
        return KeyIdHash.Read(hash);
    }

    /// <inheritdoc/>
    public override string ToString() => "KeyId(redacted)";
}
