using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Rke.Gateway.Listening;

/// <summary>
/// Reads the frames of a client, for these purposes:
/// <list type="bullet">
/// <item>It passes at most <see cref="MaxHeaders"/> new calls to Kestrel, and then waits until the thread pool has started them. Kestrel alone
/// accepts all calls that have arrived, before the first of them starts and can be refused. Each takes several KiB of memory.</item>
/// <item>It counts the streams (<see cref="OpenStreams"/>).</item>
/// <item>It reports the preface and the response to the PING of <see cref="Http2Writer"/> (<see cref="ConnectionLife"/>).</item>
/// </list>
/// It passes HTTP/1.1 unchanged.
/// </summary>
internal sealed class Http2Reader(PipeReader inner, ConnectionLife life, OpenStreams streams) : PipeReader
{
    /// <summary>The number of new calls in one read.</summary>
    public const int MaxHeaders = 4;

    private readonly Http2FrameScanner _scanner = new();
    private State _state;
    private int _prefaceLength;

    // The bytes from the start of the buffer that were scanned and passed on, and not yet consumed.
    private long _passed;
    private ReadOnlySequence<byte> _buffer;
    private bool _hasNewCalls;
    private bool _hasPingResponse;

    private enum State
    {
        Preface,
        Frames,
        Http1,
    }

    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    // A connection has one read at a time, so the builder reuses the state machine.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        // Kestrel has processed the frames of the last read.
        if (_hasPingResponse)
        {
            _hasPingResponse = false;
            life.OnPingResponse();
        }

        if (_hasNewCalls)
        {
            // The thread pool starts work in the order in which it arrives, so the new calls start before this continues.
            _hasNewCalls = false;
            await Task.Yield();
        }

        return Pass(await inner.ReadAsync(cancellationToken));
    }

    public override bool TryRead(out ReadResult result)
    {
        if (!inner.TryRead(out result))
        {
            return false;
        }

        result = Pass(result);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        _passed -= _buffer.Slice(0, consumed).Length;
        _buffer = default;
        inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    private ReadResult Pass(in ReadResult read)
    {
        _buffer = read.Buffer;
        var newCalls = 0;
        foreach (var segment in _buffer.Slice(_passed))
        {
            var left = segment.Span;
            newCalls += Scan(ref left, MaxHeaders - newCalls);
            _passed += segment.Length - left.Length;
            if (newCalls == MaxHeaders)
            {
                break;
            }
        }

        _hasNewCalls = newCalls > 0;
        return _passed == _buffer.Length
            ? read
            : new ReadResult(_buffer.Slice(0, _passed), read.IsCanceled, isCompleted: false);
    }

    // Stops after the given number of new calls. Returns their number.
    private int Scan(ref ReadOnlySpan<byte> bytes, int maxCalls)
    {
        while (_state == State.Preface && bytes.Length > 0)
        {
            MatchPreface(bytes[0]);
            bytes = bytes[1..];
        }

        var calls = 0;
        while (_state == State.Frames && calls < maxCalls && _scanner.TryReadHeader(ref bytes))
        {
            var frame = _scanner.Frame;
            switch (frame.Kind)
            {
                case Http2FrameKind.Headers:
                    calls += streams.OnHeadersReceived(frame.StreamId) ? 1 : 0;
                    break;
                case Http2FrameKind.RstStream:
                    streams.Close(frame.StreamId);
                    break;
                case Http2FrameKind.Ping:
                    // Kestrel sends PINGs too, but only on a connection without traffic.
                    _hasPingResponse |= frame.IsAcknowledgement;
                    break;
                default:
                    break;
            }
        }

        if (_state == State.Http1)
        {
            bytes = default;
        }

        return calls;
    }

    private void MatchPreface(byte next)
    {
        if (next != Preface[_prefaceLength])
        {
            _state = State.Http1;
            life.OnHandshake(isHttp2: false);
        }
        else if (++_prefaceLength == Preface.Length)
        {
            _state = State.Frames;
            life.OnHandshake(isHttp2: true);
        }
    }
}
