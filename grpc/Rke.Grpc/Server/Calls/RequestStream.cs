using System.Runtime.CompilerServices;
using Grpc.Core;
using Rke.Grpc.Framing;

namespace Rke.Grpc.Server;

/// <summary>The requests of a streaming caller.</summary>
internal sealed class RequestStream<T>(ServerCall call, Marshaller<T> marshaller) : IAsyncStreamReader<T>
    where T : class
{
    private T? _current;
    private bool _hasEnded;
    private int _isReading;

    public T Current => _current ?? throw new InvalidOperationException("There is no current message.");

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        call.ThrowIfEnded();
        if (Interlocked.Exchange(ref _isReading, 1) != 0)
        {
            throw new InvalidOperationException("Another read of this stream has not finished yet.");
        }

        try
        {
            _current = null;
            return !_hasEnded && await ReadAsync(cancellationToken);
        }
        finally
        {
            Volatile.Write(ref _isReading, 0);
        }
    }

    /// <summary>After the call has ended: waits for its requests to end, unless somebody still reads them.</summary>
    public async Task LetEndAsync()
    {
        if (Interlocked.Exchange(ref _isReading, 1) != 0)
        {
            return;
        }

        try
        {
            await RequestEnd.AwaitAsync(call.HttpContext, call.TimeProvider);
        }
        finally
        {
            Volatile.Write(ref _isReading, 0);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        var body = call.HttpContext.Request.BodyReader;
        var maxLength = call.Settings.MaxReceiveLength;
        var token = call.TokenOfWait(cancellationToken, out var source);
        using var linked = source;
        while (true)
        {
            var read = await call.ReadBodyAsync(token);
            var status = FrameReader.TryReadNext(read, maxLength, out var isCompressed, out var payload);
            switch (status)
            {
                case FrameStatus.Incomplete:
                    body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                    continue;
                case FrameStatus.Missing:
                    body.AdvanceTo(read.Buffer.End);
                    _hasEnded = true;
                    return false;
                case FrameStatus.Complete:
                    status = MessageDeserializer.TryRead(
                        marshaller, payload, isCompressed, call.RequestEncoding, maxLength, out _current);
                    break;
                default:
                    break;
            }

            if (status == FrameStatus.Complete)
            {
                body.AdvanceTo(payload.End);
                return true;
            }

            // What follows cannot be told apart any more.
            body.AdvanceTo(read.Buffer.End);
            _hasEnded = true;
            throw call.Fault(status);
        }
    }
}
