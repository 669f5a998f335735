using System.Buffers;
using System.Buffers.Binary;

namespace Rke.Grpc.Framing;

/// <summary>
/// The five bytes before every message (PROTOCOL-HTTP2, Length-Prefixed-Message).
/// <code>
/// 0      1                               5
/// +------+-------------------------------+----------
/// | flag | length, 32 bits, big-endian   | message ...
/// +------+-------------------------------+----------
/// flag: 0 as is, 1 compressed as grpc-encoding says
/// </code>
/// </summary>
internal readonly record struct FrameHeader(bool IsCompressed, uint MessageLength)
{
    public const int Length = 5;

    /// <summary>Reads the header from the start of the bytes that arrived so far.</summary>
    public static FrameStatus TryRead(in ReadOnlySequence<byte> bytes, out FrameHeader header)
    {
        var first = bytes.FirstSpan;
        if (first.Length >= Length)
        {
            return TryRead(first, out header);
        }

        Span<byte> copy = stackalloc byte[Length];
        var available = bytes.Slice(0, Math.Min(Length, bytes.Length));
        available.CopyTo(copy);
        return TryRead(copy[..(int)available.Length], out header);
    }

    /// <summary>Writes the header over the first five bytes.</summary>
    public void Write(Span<byte> destination)
    {
        destination[0] = IsCompressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32BigEndian(destination[1..], MessageLength);
    }

    private static FrameStatus TryRead(ReadOnlySpan<byte> bytes, out FrameHeader header)
    {
        header = default;
        if (bytes.IsEmpty)
        {
            return FrameStatus.Incomplete;
        }

        if (bytes[0] > 1)
        {
            return FrameStatus.InvalidFlag;
        }

        if (bytes.Length < Length)
        {
            return FrameStatus.Incomplete;
        }

        header = new FrameHeader(bytes[0] == 1, BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]));
        return FrameStatus.Complete;
    }
}
