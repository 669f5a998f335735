namespace Grpc.Core;

/// <summary>Takes messages one after the other.</summary>
public interface IAsyncStreamWriter<in T>
{
    /// <summary>Options of the writes that follow; they stay until changed.</summary>
    WriteOptions? WriteOptions { get; set; }

    /// <summary>Writes one message. The next may be written once this has finished.</summary>
    Task WriteAsync(T message);

    /// <summary>Writes one message unless cancelled; a cancelled write ends the call.</summary>
    Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
        {
            throw new NotSupportedException("This stream writer cannot cancel a write.");
        }

        return WriteAsync(message);
    }
}
