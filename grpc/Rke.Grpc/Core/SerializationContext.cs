using System.Buffers;

namespace Grpc.Core;

/// <summary>Takes a message: as one array, or through a buffer writer and then <see cref="Complete()"/>.</summary>
public abstract class SerializationContext
{
    /// <summary>Ends serialization with this array as the whole message.</summary>
    public virtual void Complete(byte[] payload) => throw new NotSupportedException();

    /// <summary>The writer that takes the message's bytes.</summary>
    public virtual IBufferWriter<byte> GetBufferWriter() => throw new NotSupportedException();

    /// <summary>Tells the exact length before the writer is asked for, which saves buffering.</summary>
    public virtual void SetPayloadLength(int payloadLength)
    {
    }

    /// <summary>Ends serialization with what the buffer writer got.</summary>
    public virtual void Complete() => throw new NotSupportedException();
}
