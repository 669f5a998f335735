using Grpc.Core;
using Rke.Gateway.Errors;
using Rke.Gateway.Sessions.Store;
using Rke.V1;

namespace Rke.Gateway.Sessions;

/// <summary>Tells one consumer of the sessions that arrive, in order, from a cursor on (docs/SESSIONS.md).</summary>
internal sealed class SessionWatch(ISessionStore store)
{
    private const int PageLength = 64;
    private const int MostConsumerLength = 128;

    /// <summary>Runs until it is cancelled.</summary>
    /// <param name="caller">Cancelled when the caller leaves. Only this may cancel a write, because that resets the call.</param>
    /// <param name="cancellationToken">Cancelled when the caller leaves or the gateway stops.</param>
    public async Task RunAsync(
        WatchSessionsRequest request,
        IServerStreamWriter<WatchSessionsResponse> stream,
        CancellationToken caller,
        CancellationToken cancellationToken)
    {
        var cursor = Parse(request);
        while (true)
        {
            var page = await store.ReadAsync(cursor, PageLength, cancellationToken);
            if (page.HasGap)
            {
                await stream.WriteAsync(new() { Cursor = page.Start.ToString(), Gap = true }, caller);
            }

            foreach (var stored in page.Sessions)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (stored.Session.State is Session.Types.State.Waiting or Session.Types.State.Expired)
                {
                    var highest = await store.NoteDeliveryAsync(request.Consumer, stored.Number, cancellationToken);
                    await stream.WriteAsync(
                        new()
                        {
                            Cursor = (page.Start with { Number = stored.Number }).ToString(),
                            Session = stored.Session,
                            Redelivered = stored.Number <= highest,
                        },
                        caller);
                }
            }

            cursor = page.End;
            if (page.Sessions.Count == 0)
            {
                await store.WaitAsync(cursor, cancellationToken);
            }
        }
    }

    private static SessionCursor Parse(WatchSessionsRequest request)
    {
        var bad = new BadFields();
        bad.Check(
            SessionCursor.TryParse(request.Cursor, out var cursor),
            "cursor",
            "must be empty or the cursor of a message");
        bad.Check(
            request.Consumer.Length <= MostConsumerLength,
            "consumer",
            $"must be at most {MostConsumerLength} characters");
        bad.ThrowIfAny();
        return cursor;
    }
}
