using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Rke.Gateway.Listening;

/// <summary>
/// Keeps a connection open for up to a second after the last GOAWAY, like lingering_close of nginx. Kestrel closes at once. A
/// client that has just started a call would then see a lost connection instead of the GOAWAY, and would not retry the call.
/// </summary>
internal static class LingeringClose
{
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(1);

    public static async Task RunAsync(ConnectionContext connection, ConnectionDelegate next, TimeProvider timeProvider)
    {
        var transport = connection.Transport;
        var input = new NonCompletingReader(transport.Input);
        var output = new NonCompletingWriter(transport.Output);
        connection.Transport = new WrappedTransport(input, output);
        Exception? failure = null;
        try
        {
            await next(connection);
            if (output.Failure is null)
            {
                await LingerAsync(transport.Input, timeProvider, connection.ConnectionClosed);
            }
        }
        catch (Exception exception)
        {
            failure = exception;
            throw;
        }
        finally
        {
            connection.Transport = transport;
            await transport.Output.CompleteAsync(failure ?? output.Failure);
            await transport.Input.CompleteAsync(failure);
        }
    }

    // Reads and discards the remaining bytes. If a socket with unread bytes is closed, the connection is reset, and the client may
    // lose the last bytes that were sent to it.
    private static async Task LingerAsync(PipeReader input, TimeProvider timeProvider, CancellationToken closed)
    {
        using var time = new CancellationTokenSource(MaxTime, timeProvider);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(time.Token, closed);
        try
        {
            bool hasEnded;
            do
            {
                var read = await input.ReadAsync(enough.Token);
                input.AdvanceTo(read.Buffer.End);
                hasEnded = read.IsCompleted;
            }
            while (!hasEnded);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or InvalidOperationException)
        {
            // The time is over, or the connection has ended.
        }
    }
}

/// <summary>A transport of a reader and a writer.</summary>
internal sealed class WrappedTransport(PipeReader input, PipeWriter output) : IDuplexPipe
{
    public PipeReader Input => input;

    public PipeWriter Output => output;
}

/// <summary>A reader whose <see cref="Complete"/> does not complete the inner reader.</summary>
internal sealed class NonCompletingReader(PipeReader inner) : PipeReader
{
    public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) =>
        inner.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null)
    {
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        inner.ReadAsync(cancellationToken);

    public override bool TryRead(out ReadResult result) => inner.TryRead(out result);
}

/// <summary>A writer whose <see cref="Complete"/> does not complete the inner writer.</summary>
internal sealed class NonCompletingWriter(PipeWriter inner) : PipeWriter
{
    /// <summary>The exception of <see cref="Complete"/>. Null if there was none.</summary>
    public Exception? Failure { get; private set; }

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes;

    public override void Advance(int bytes) => inner.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
        inner.FlushAsync(cancellationToken);

    public override ValueTask<FlushResult> WriteAsync(
        ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) =>
        inner.WriteAsync(source, cancellationToken);

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => Failure = exception;
}
