using System.Buffers;
using System.IO.Compression;
using Grpc.Core;

namespace Rke.Grpc.Framing;

/// <summary>
/// Writes a message with its header. A message that tells its length first goes straight into the output.
/// One for each thread, for serializers do not wait.
/// </summary>
internal sealed class MessageSerializer : SerializationContext
{
    [ThreadStatic]
    private static MessageSerializer? _idle;

    private IBufferWriter<byte>? _output;
    private PooledBuffer? _buffer;
    private CompressionLevel? _gzip;
    private int _maxLength;
    private int _length = -1;
    private bool _isHeaderWritten;
    private bool _isComplete;

    /// <summary>Writes one message; compressed where a level is given.</summary>
    /// <exception cref="RpcException">The message is longer than allowed.</exception>
    public static void Write<T>(
        Marshaller<T> marshaller, T message, IBufferWriter<byte> output, int maxLength, CompressionLevel? gzip)
    {
        var context = _idle ?? new MessageSerializer();
        _idle = null;
        context._output = output;
        context._gzip = gzip;
        context._maxLength = maxLength;
        try
        {
            marshaller.ContextualSerializer(message, context);
            if (!context._isComplete)
            {
                throw new InvalidOperationException("The serializer returned without completing the message.");
            }
        }
        finally
        {
            context.Reset();
            _idle = context;
        }
    }

    public override void SetPayloadLength(int payloadLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(payloadLength);
        ThrowIfTooLong(payloadLength);
        _length = payloadLength;
    }

    public override IBufferWriter<byte> GetBufferWriter()
    {
        if (_gzip is null && _length >= 0)
        {
            WriteHeader(isCompressed: false, _length);
            return _output!;
        }

        return _buffer ??= new PooledBuffer();
    }

    public override void Complete()
    {
        if (!_isHeaderWritten)
        {
            WriteWhole(_buffer is null ? [] : _buffer.Written.Span);
        }

        _isComplete = true;
    }

    public override void Complete(byte[] payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        WriteWhole(payload);
        _isComplete = true;
    }

    private void WriteWhole(ReadOnlySpan<byte> message)
    {
        ThrowIfTooLong(message.Length);
        if (_gzip is null || message.IsEmpty)
        {
            // GZipStream makes no bytes of no bytes, and that is no gzip: strict callers refuse it.
            WriteHeader(isCompressed: false, message.Length);
            _output!.Write(message);
            return;
        }

        using var compressed = new PooledBuffer();
        Gzip.Compress(message, _gzip.Value, compressed);
        WriteHeader(isCompressed: true, compressed.Length);
        _output!.Write(compressed.Written.Span);
    }

    private void WriteHeader(bool isCompressed, int length)
    {
        new FrameHeader(isCompressed, (uint)length).Write(_output!.GetSpan(FrameHeader.Length));
        _output.Advance(FrameHeader.Length);
        _isHeaderWritten = true;
    }

    private void ThrowIfTooLong(int length)
    {
        if (length > _maxLength)
        {
            throw new RpcException(
                new Status(StatusCode.ResourceExhausted, "A message is longer than the send limit."));
        }
    }

    private void Reset()
    {
        _buffer?.Dispose();
        _buffer = null;
        _output = null;
        _gzip = null;
        _length = -1;
        _isHeaderWritten = false;
        _isComplete = false;
    }
}
