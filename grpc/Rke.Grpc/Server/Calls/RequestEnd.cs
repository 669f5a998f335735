using Microsoft.AspNetCore.Http;

namespace Rke.Grpc.Server;

/// <summary>
/// What follows a response that is whole before its requests are. It is followed by a reset (RFC 9113 §8.1), and
/// haproxy hands on a reset that comes right behind the status instead of the status.
/// </summary>
internal static class RequestEnd
{
    // A round trip to the caller and back; who streams on after its answer is reset then.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>After the call has ended: sends the response whole and gives the caller a moment to end its requests.</summary>
    public static async Task AwaitAsync(HttpContext context, TimeProvider timeProvider)
    {
        try
        {
            var body = context.Request.BodyReader;
            if (body.TryRead(out var read))
            {
                body.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    return;
                }
            }

            await context.Response.CompleteAsync();
            using var patience = new CancellationTokenSource(Patience, timeProvider);
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
    }
}
