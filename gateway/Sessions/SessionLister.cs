using Rke.Gateway.Admission;
using Rke.Gateway.Errors;
using Rke.Gateway.Sessions.Peers;
using Rke.Gateway.Sessions.Store;
using Rke.V1;

namespace Rke.Gateway.Sessions;

/// <summary>
/// ListSessions: the arrived sessions of the peers that the caller may see, newest first. It reads no sessions of other peers, so the
/// length of a page discloses nothing about them.
/// </summary>
internal sealed class SessionLister(ISessionStore store)
{
    private const int DefaultPage = 100;
    private const int MaxPage = 1000;

    // A call reads at most this many sessions, also if few of them match the filter.
    private const int MaxReads = 5000;

    public async Task<ListSessionsResponse> ListAsync(ListSessionsRequest request, CallScope scope)
    {
        var bad = new BadFields();
        var (epoch, peers) = await store.ReadPeersAsync(scope.Cancellation);
        bad.Check(request.PageSize <= MaxPage, "page_size", $"must be 0 to {MaxPage}");
        bad.Check(
            CursorText.TryRead(request.PageToken, epoch, CursorPurpose.List, out var after)
                && (request.PageToken.Length == 0 || after.Epoch == epoch.Name),
            "page_token",
            "must be empty or the next_page_token of a response, and the state of the gateway must not have been reset since");
        bad.Check(
            request.States.All(state => state is >= Session.Types.State.Waiting and <= Session.Types.State.Expired),
            "states",
            "must be states of arrived sessions");
        CheckTimes(request, bad);
        var view = SessionView.Of(scope.Permit, request.Peers, bad);
        bad.ThrowIfAny();

        var size = request.PageSize == 0 ? DefaultPage : (int)request.PageSize;
        string[] visible = [.. peers.Where(view.Includes)];
        var response = new ListSessionsResponse();
        var last = after.Number;
        for (var reads = 0; reads < MaxReads && response.Sessions.Count < size; reads += size)
        {
            var page = await store.ListAsync(visible, last, size - response.Sessions.Count, scope.Cancellation);
            response.Sessions.AddRange(page.Sessions.Select(stored => stored.Session).Where(session => IsWanted(request, session)));
            last = page.Last;
            if (last == 0)
            {
                return response;
            }
        }

        response.NextPageToken = CursorText.Write(new(epoch.Name, last), epoch, CursorPurpose.List);
        return response;
    }

    private static void CheckTimes(ListSessionsRequest request, BadFields bad)
    {
        foreach (var (time, path) in new[] { (request.ArrivedFrom, "arrived_from"), (request.ArrivedBefore, "arrived_before") })
        {
            bad.Check(
                time is null || (time.Nanos is >= 0 and < 1_000_000_000 && time.Seconds is >= -62_135_596_800 and <= 253_402_300_799),
                path,
                "must be a time in the years 1 to 9999");
        }
    }

    private static bool IsWanted(ListSessionsRequest request, Session session) =>
        (request.States.Count == 0 || request.States.Contains(session.State))
        && (request.ArrivedFrom is not { } from || session.ArriveTime >= from)
        && (request.ArrivedBefore is not { } before || session.ArriveTime < before);
}
