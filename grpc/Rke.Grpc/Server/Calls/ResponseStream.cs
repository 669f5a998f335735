using Grpc.Core;

namespace Rke.Grpc.Server;

/// <summary>The responses of a streaming handler.</summary>
internal sealed class ResponseStream<T>(ServerCall call, Marshaller<T> marshaller) : IServerStreamWriter<T>
    where T : class
{
    private int _isWriting;

    public WriteOptions? WriteOptions
    {
        get => call.WriteOptions;
        set => call.WriteOptions = value;
    }

    public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

    public async Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        call.ThrowIfEnded();
        cancellationToken.ThrowIfCancellationRequested();
        call.HttpContext.RequestAborted.ThrowIfCancellationRequested();
        if (Interlocked.Exchange(ref _isWriting, 1) != 0)
        {
            throw new InvalidOperationException("Another write to this stream has not finished yet.");
        }

        try
        {
            await call.StartResponseAsync();
            call.Write(marshaller, message);
            if ((WriteOptions?.Flags & WriteFlags.BufferHint) != WriteFlags.BufferHint)
            {
                // A caller that reads slowly holds the handler here, so that no more than a window is buffered.
                var token = call.TokenOfWait(cancellationToken, out var source);
                using var linked = source;
                await call.HttpContext.Response.BodyWriter.FlushAsync(token);
            }
        }
        finally
        {
            Volatile.Write(ref _isWriting, 0);
        }
    }
}
