using Grpc.Core;
using Rke.Gateway.Admission;
using Rke.Gateway.Errors;
using Rke.Gateway.Identity;
using Rke.Gateway.Policy;
using Rke.Gateway.Sessions.Peers;
using Rke.Gateway.Sessions.Store;
using Rke.V1;

namespace Rke.Gateway.Sessions;

/// <summary>WatchSessions: sends arrived sessions to one consumer, in order, starting after a cursor (docs/SESSIONS.md).</summary>
/// <param name="policy">Null if no policy is configured.</param>
internal sealed class SessionWatch(ISessionStore store, SessionFeed feed, PolicyStore? policy = null)
{
    private const string Method = "rke.v1.RkeSessionService/WatchSessions";
    private const int PageLength = 64;
    private const int MaxConsumerLength = 128;

    /// <summary>Runs until it is cancelled.</summary>
    /// <param name="scope">
    /// Its token is cancelled when the caller disconnects. Only this token cancels writes, because a cancelled write resets the stream.
    /// </param>
    /// <param name="cancellationToken">Cancelled when the caller disconnects or the gateway stops.</param>
    public async Task RunAsync(
        WatchSessionsRequest request,
        IServerStreamWriter<WatchSessionsResponse> stream,
        CallScope scope,
        CancellationToken cancellationToken)
    {
        var (cursor, view) = await ParseAsync(request, scope, cancellationToken);
        using var watcher = feed.Enter();
        for (var isCaughtUp = false; ;)
        {
            var version = feed.Version;
            var page = isCaughtUp ? feed.Find(cursor, PageLength) : null;
            page ??= await store.ReadAsync(cursor, PageLength, cancellationToken);
            view = Refresh(view, scope.Caller);
            if (page.IsReset || page.MissedPeers.Any(view.Includes))
            {
                await stream.WriteAsync(
                    new() { Cursor = CursorText.Write(page.Start, page.Epoch, CursorPurpose.Watch), Gap = true }, scope.Cancellation);
            }

            foreach (var stored in page.Sessions)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (stored.Session.State is Session.Types.State.Waiting or Session.Types.State.Expired
                    && view.Includes(stored.Session))
                {
                    var consumer = ConsumerOf(request, scope.Caller, stored.Session);
                    var highest = await store.NoteDeliveryAsync(consumer, stored.Number, cancellationToken);
                    await stream.WriteAsync(
                        new()
                        {
                            Cursor = CursorText.Write(
                                page.Start with { Number = stored.Number }, page.Epoch, CursorPurpose.Watch),
                            Session = stored.Session,
                            Redelivered = stored.Number <= highest,
                        },
                        scope.Cancellation);
                }
            }

            cursor = page.End;
            if (page.Sessions.Count == 0)
            {
                isCaughtUp = true;
                await feed.WaitAsync(version, cursor, cancellationToken);
            }
        }
    }

    // Each caller has its own names of consumers. The record of each peer is apart: the numbers of a peer's sessions only grow, also for
    // a consumer that watches other peers on another stream.
    private static string ConsumerOf(WatchSessionsRequest request, CallerIdentity caller, Session session)
    {
        var name = caller.IsKnown ? caller.Name : "";
        return $"{session.Peer}:{name.Length}:{name}{request.Consumer}";
    }

    // The policy can change while the stream is open.
    private SessionView Refresh(SessionView view, CallerIdentity caller) => policy is null
        ? view
        : view.With(policy.Find(caller, Method) ?? throw NotPermitted().ToException());

    private async ValueTask<(SessionCursor Cursor, SessionView View)> ParseAsync(
        WatchSessionsRequest request, CallScope scope, CancellationToken cancellationToken)
    {
        var bad = new BadFields();
        var (epoch, _) = await store.ReadPeersAsync(cancellationToken);
        bad.Check(
            CursorText.TryRead(request.Cursor, epoch, CursorPurpose.Watch, out var cursor),
            "cursor",
            "must be empty or the cursor of a message");
        bad.Check(
            request.Consumer.Length <= MaxConsumerLength,
            "consumer",
            $"must be at most {MaxConsumerLength} characters");
        var view = SessionView.Of(scope.Permit, request.Peers, bad);
        bad.ThrowIfAny();
        return (cursor, view);
    }

    private static CallFailure NotPermitted() => new(
        StatusCode.PermissionDenied, Reason.NotPermitted, $"The policy no longer lets this caller call {Method}.");
}
