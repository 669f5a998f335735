using System.IO.Pipelines;

namespace Rke.Gateway.Listening;

/// <summary>
/// Writes the frames of Kestrel. It counts the streams that end (<see cref="OpenStreams"/>), and adds the first GOAWAY and a PING when
/// <see cref="ConnectionLife"/> requires it. Kestrel flushes only complete frames, and holds its lock meanwhile, so the two frames never
/// break another one.
/// </summary>
internal sealed class Http2Writer(PipeWriter inner, ConnectionLife life, OpenStreams streams) : PipeWriter
{
    private readonly Http2FrameScanner _scanner = new();
    private Memory<byte> _memory;

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes;

    // RFC 9113 §6.8: GOAWAY with the highest stream id and NO_ERROR. §6.7: PING.
    private static ReadOnlySpan<byte> GoAway =>
    [
        0, 0, 8, 7, 0, 0, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0,
        0, 0, 8, 6, 0, 0, 0, 0, 0, (byte)'r', (byte)'k', (byte)'e', (byte)'-', (byte)'g', (byte)'o', (byte)'n', (byte)'e',
    ];

    public override Memory<byte> GetMemory(int sizeHint = 0) => _memory = inner.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        if (life.IsHttp2)
        {
            ReadOnlySpan<byte> written = _memory.Span[..bytes];
            while (_scanner.TryReadHeader(ref written))
            {
                if (_scanner.Frame.EndsStream || _scanner.Frame.Kind == Http2FrameKind.RstStream)
                {
                    streams.Close(_scanner.Frame.StreamId);
                }
            }
        }

        _memory = _memory[bytes..];
        inner.Advance(bytes);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (life.OnFlush())
        {
            GoAway.CopyTo(inner.GetSpan(GoAway.Length));
            inner.Advance(GoAway.Length);
        }

        return inner.FlushAsync(cancellationToken);
    }

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);
}
