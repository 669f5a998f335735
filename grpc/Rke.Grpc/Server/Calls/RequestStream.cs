using System.Runtime.CompilerServices;
using Grpc.Core;
using Rke.Grpc.Framing;

namespace Rke.Grpc.Server;

/// <summary>The requests of a streaming caller.</summary>
internal sealed class RequestStream<T>(ServerCall call, Marshaller<T> marshaller) : IAsyncStreamReader<T>
    where T : class
{
    // A round trip to the caller and back; who streams on after its answer is reset then.
    private static readonly TimeSpan PatienceForEnd = TimeSpan.FromSeconds(1);

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

    /// <summary>
    /// After the call has ended: sends the response whole and gives the caller a moment to end its requests. A response
    /// that ends before its requests is followed by a reset (RFC 9113 §8.1), and haproxy hands on a reset that comes
    /// right behind the status instead of the status.
    /// </summary>
    public async Task LetEndAsync()
    {
        if (Interlocked.Exchange(ref _isReading, 1) != 0)
        {
            return;
        }

        try
        {
            var body = call.HttpContext.Request.BodyReader;
            if (body.TryRead(out var read))
            {
                body.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    return;
                }
            }

            await call.HttpContext.Response.CompleteAsync();
            using var patience = new CancellationTokenSource(PatienceForEnd, call.TimeProvider);
            do
            {
                read = await body.ReadAsync(patience.Token);
                body.AdvanceTo(read.Buffer.End);
            }
            while (!read.IsCompleted);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // It did not, or is gone: nothing is left to be said.
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
