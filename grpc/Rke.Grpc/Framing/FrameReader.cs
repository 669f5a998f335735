using System.Buffers;
using System.IO.Pipelines;

namespace Rke.Grpc.Framing;

/// <summary>
/// Finds messages in the bytes that arrived so far. Nothing is copied, and nothing set aside for what a length claims.
/// </summary>
internal static class FrameReader
{
    /// <summary>The first message, where it is there in full.</summary>
    public static FrameStatus TryRead(
        in ReadOnlySequence<byte> bytes, int maxLength, out bool isCompressed, out ReadOnlySequence<byte> message)
    {
        message = default;
        var status = FrameHeader.TryRead(bytes, out var header);
        isCompressed = header.IsCompressed;
        if (status != FrameStatus.Complete)
        {
            return status;
        }

        if (header.MessageLength > (uint)maxLength)
        {
            return FrameStatus.TooLong;
        }

        if (bytes.Length - FrameHeader.Length < header.MessageLength)
        {
            return FrameStatus.Incomplete;
        }

        message = bytes.Slice(FrameHeader.Length, header.MessageLength);
        return FrameStatus.Complete;
    }

    /// <summary>The next message of a stream; <see cref="FrameStatus.Missing"/> at its end.</summary>
    public static FrameStatus TryReadNext(
        in ReadResult read, int maxLength, out bool isCompressed, out ReadOnlySequence<byte> message)
    {
        var status = TryRead(read.Buffer, maxLength, out isCompressed, out message);
        if (status == FrameStatus.Incomplete && read.IsCompleted)
        {
            return read.Buffer.IsEmpty ? FrameStatus.Missing : FrameStatus.Truncated;
        }

        return status;
    }

    /// <summary>The only message of a stream, once the stream has ended behind it.</summary>
    public static FrameStatus TryReadOnly(
        in ReadResult read, int maxLength, out bool isCompressed, out ReadOnlySequence<byte> message)
    {
        var status = TryReadNext(read, maxLength, out isCompressed, out message);
        if (status != FrameStatus.Complete)
        {
            return status;
        }

        if (read.Buffer.Length > FrameHeader.Length + message.Length)
        {
            return FrameStatus.Surplus;
        }

        return read.IsCompleted ? FrameStatus.Complete : FrameStatus.Incomplete;
    }
}
