using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Rke.Gateway.Hosting;

/// <summary>
/// Keeps a connection open for a moment after the last GOAWAY, as nginx's lingering_close does. Kestrel closes at once;
/// a client that has just begun a call then hears that the connection ended instead of that it should call elsewhere.
/// </summary>
internal static class LingeringClose
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    public static async Task RunAsync(ConnectionContext connection, ConnectionDelegate next, TimeProvider timeProvider)
    {
        var transport = connection.Transport;
        var input = new HeldReader(transport.Input);
        var output = new HeldWriter(transport.Output);
        connection.Transport = new HeldTransport(input, output);
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

    // What comes now is for nobody. It is read all the same: a socket that is closed on unread bytes resets the
    // connection, and takes what was sent last from the client.
    private static async Task LingerAsync(PipeReader input, TimeProvider timeProvider, CancellationToken closed)
    {
        using var time = new CancellationTokenSource(Longest, timeProvider);
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
            // The time is over, or the connection.
        }
    }
}
