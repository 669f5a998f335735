using System.Buffers.Binary;

namespace Rke.Wire;

/// <summary>
/// The first 32 bytes of a response. They are never encrypted (docs/WIRE.md §4).
/// <code>
///  0  RAIDA id
///  1  shard id = 0
///  2  status
///  3  command group
///  4  UDP frame count (2) = 1
///  6  echo (2)
///  8  0
///  9  body size (3), trailer included
/// 12  execution time (4)
/// 16  signature (16): the challenge (type 0), or the plain challenge XOR the AN (type 1)
/// </code>
/// </summary>
public readonly record struct ResponseHeader
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 32;

    public byte RaidaId { get; init; }

    public byte ShardId { get; init; }

    public byte Status { get; init; }

    /// <summary>Command group. In the rke profile, 0 means that the status is a header error.</summary>
    public byte Group { get; init; }

    public ushort FrameCount { get; init; }

    public ushort Echo { get; init; }

    /// <summary>Byte 8, always 0.</summary>
    public byte Reserved { get; init; }

    /// <summary>A 24-bit number of bytes, trailer included. 0 = no body and no trailer.</summary>
    public int BodySize { get; init; }

    /// <summary>Nanoseconds in the rke profile, microseconds in raidax. See <see cref="ExecutionTimeIn"/>.</summary>
    public uint ExecutionTime { get; init; }

    internal UInt128 Signature { get; init; }

    /// <summary>Reads 32 bytes without checking the fields. Returns false if there are fewer bytes.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out ResponseHeader header)
    {
        if (source.Length < Length)
        {
            header = default;
            return false;
        }

        header = new ResponseHeader
        {
            RaidaId = source[0],
            ShardId = source[1],
            Status = source[2],
            Group = source[3],
            FrameCount = BinaryPrimitives.ReadUInt16BigEndian(source[4..]),
            Echo = BinaryPrimitives.ReadUInt16BigEndian(source[6..]),
            Reserved = source[8],
            BodySize = (source[9] << 16) | BinaryPrimitives.ReadUInt16BigEndian(source[10..]),
            ExecutionTime = BinaryPrimitives.ReadUInt32BigEndian(source[12..]),
            Signature = BinaryPrimitives.ReadUInt128BigEndian(source[16..]),
        };
        return true;
    }

    /// <summary>Writes 32 bytes.</summary>
    public void CopyTo(Span<byte> destination)
    {
        destination[0] = RaidaId;
        destination[1] = ShardId;
        destination[2] = Status;
        destination[3] = Group;
        BinaryPrimitives.WriteUInt16BigEndian(destination[4..], FrameCount);
        BinaryPrimitives.WriteUInt16BigEndian(destination[6..], Echo);
        destination[8] = Reserved;
        destination[9] = (byte)(BodySize >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(destination[10..], (ushort)BodySize);
        BinaryPrimitives.WriteUInt32BigEndian(destination[12..], ExecutionTime);
        BinaryPrimitives.WriteUInt128BigEndian(destination[16..], Signature);
    }

    /// <summary>The execution time. The profile gives the unit of the field.</summary>
    public TimeSpan ExecutionTimeIn(WireProfile profile) => profile == WireProfile.Rke
        ? TimeSpan.FromTicks(ExecutionTime / TimeSpan.NanosecondsPerTick)
        : TimeSpan.FromMicroseconds(ExecutionTime);

    /// <summary>Checks the fields that have one valid value: shard id, frame count and byte 8.</summary>
    internal WireError CheckFixed()
    {
        if (ShardId != 0)
        {
            return WireError.ShardWrong;
        }

        if (FrameCount != 1)
        {
            return WireError.FrameCountWrong;
        }

        return Reserved != 0 ? WireError.ReservedNotZero : WireError.None;
    }
}
