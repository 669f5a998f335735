using System.Buffers.Binary;

namespace Rke.Gateway.State;

/// <summary>HS: the MD5 of a key id, by which Get Key and Signal name a waiting part. Not a secret.</summary>
internal readonly record struct PartHash(UInt128 Value)
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 16;

    public static PartHash Read(ReadOnlySpan<byte> source) => new(BinaryPrimitives.ReadUInt128BigEndian(source));

    public void CopyTo(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, Value);

    /// <summary>32 hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x32", System.Globalization.CultureInfo.InvariantCulture);
}
