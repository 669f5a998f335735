using Grpc.Core;
using Rke.Grpc.Framing;

namespace Rke.Grpc.Client;

/// <summary>The requests of a streaming call.</summary>
internal sealed class ClientRequestStream<T>(ClientCall call, Marshaller<T> marshaller) : IClientStreamWriter<T>
    where T : class
{
    private int _isWriting;

    public StreamingContent Content { get; } = new(call);

    public WriteOptions? WriteOptions
    {
        get => call.WriteOptions;
        set => call.WriteOptions = value;
    }

    public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

    public async Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (Content.IsComplete)
        {
            throw new InvalidOperationException("The request stream has been completed.");
        }

        if (Interlocked.Exchange(ref _isWriting, 1) != 0)
        {
            throw new InvalidOperationException("Another write to this stream has not finished yet.");
        }

        try
        {
            // A cancelled write may leave half a message behind, so it cancels the call.
            await using var cancellation = cancellationToken.UnsafeRegister(
                static state => ((ClientCall)state!).Cancel(), call);
            await SendAsync(message);
        }
        finally
        {
            Volatile.Write(ref _isWriting, 0);
        }
    }

    public Task CompleteAsync()
    {
        Content.Complete();
        return Task.CompletedTask;
    }

    private async Task SendAsync(T message)
    {
        var flags = WriteOptions?.Flags ?? default;
        using var buffer = new PooledBuffer();
        MessageSerializer.Write(
            marshaller, message, buffer, call.MaxSendLength, flags.HasFlag(WriteFlags.NoCompress) ? null : call.Gzip);
        try
        {
            var stream = await Content.Stream.WaitAsync(call.Cancellation);
            await stream.WriteAsync(buffer.Written, call.Cancellation);
            if (!flags.HasFlag(WriteFlags.BufferHint))
            {
                await stream.FlushAsync(call.Cancellation);
            }
        }
        catch (Exception exception)
        {
            if (!call.HasEnded)
            {
                // What the server has to say about it is still to be read.
                throw new RpcException(TransportError.ToStatus(exception));
            }

            throw call.GetStatus().StatusCode == StatusCode.OK
                ? new InvalidOperationException("The call has ended.", exception)
                : call.Failure(exception);
        }
    }
}
