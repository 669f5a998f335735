using System.Buffers;
using System.IO.Compression;

namespace Rke.Grpc.Framing;

/// <summary>Single messages in gzip.</summary>
internal static class Gzip
{
    private const int Step = 16 * 1024;

    public static void Compress(ReadOnlySpan<byte> message, CompressionLevel level, IBufferWriter<byte> destination)
    {
        using var stream = new GZipStream(new BufferWriterStream(destination), level);
        stream.Write(message);
    }

    /// <summary>Decompresses up to the limit and no byte more, whatever the message would grow to.</summary>
    public static FrameStatus TryDecompress(in ReadOnlySequence<byte> message, int maxLength, PooledBuffer destination)
    {
        if (message.IsEmpty)
        {
            // Some callers' gzip makes no bytes of no bytes.
            return FrameStatus.Complete;
        }

        using var stream = new GZipStream(new SequenceStream(message), CompressionMode.Decompress);
        try
        {
            while (true)
            {
                // One byte beyond the limit is read to see whether there is one.
                var room = (int)Math.Min(Step, (long)maxLength + 1 - destination.Length);
                if (room == 0)
                {
                    return FrameStatus.TooLong;
                }

                var count = stream.Read(destination.GetSpan(room)[..room]);
                if (count == 0)
                {
                    return FrameStatus.Complete;
                }

                destination.Advance(count);
            }
        }
        catch (InvalidDataException)
        {
            return FrameStatus.CompressionInvalid;
        }
    }
}
