using System.Buffers;
using Grpc.Core;

namespace Rke.Grpc.Framing;

/// <summary>
/// Hands a message to its deserializer where it lies. One for each thread, for deserializers do not wait.
/// </summary>
internal sealed class MessageDeserializer : DeserializationContext
{
    [ThreadStatic]
    private static MessageDeserializer? _idle;

    private ReadOnlySequence<byte> _payload;

    public override int PayloadLength => (int)_payload.Length;

    public override byte[] PayloadAsNewBuffer() => _payload.ToArray();

    public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => _payload;

    /// <summary>Decompresses where the flag says so, and deserializes.</summary>
    public static FrameStatus TryRead<T>(
        Marshaller<T> marshaller,
        in ReadOnlySequence<byte> payload,
        bool isCompressed,
        string? encoding,
        int maxLength,
        out T? message)
        where T : class
    {
        if (!isCompressed)
        {
            return TryDeserialize(marshaller, payload, out message);
        }

        message = null;
        if (MessageEncoding.IsIdentity(encoding))
        {
            return FrameStatus.EncodingNotNamed;
        }

        if (encoding != MessageEncoding.Gzip)
        {
            return FrameStatus.EncodingUnknown;
        }

        using var plain = new PooledBuffer();
        var status = Gzip.TryDecompress(payload, maxLength, plain);
        return status == FrameStatus.Complete
            ? TryDeserialize(marshaller, new ReadOnlySequence<byte>(plain.Written), out message)
            : status;
    }

    private static FrameStatus TryDeserialize<T>(
        Marshaller<T> marshaller, in ReadOnlySequence<byte> payload, out T? message)
        where T : class
    {
        // Taken out of its place, so that a deserializer that deserializes gets another one.
        var context = _idle ?? new MessageDeserializer();
        _idle = null;
        context._payload = payload;
        try
        {
            message = marshaller.ContextualDeserializer(context);
            return FrameStatus.Complete;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            message = null;
            return FrameStatus.Unreadable;
        }
        finally
        {
            context._payload = default;
            _idle = context;
        }
    }
}
