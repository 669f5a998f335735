using Google.Protobuf;
using Microsoft.Extensions.Time.Testing;
using Rke.Gateway.Sessions;
using Rke.Gateway.Sessions.Store;
using Rke.UdpBridge;
using Rke.V1;

namespace Rke.Gateway.Tests.Sessions;

/// <summary>The watchers of a replica share one reader of the store.</summary>
public sealed class SessionFeedTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_watcher_does_not_wait_if_another_watcher_started_the_feed_behind_a_session_that_it_has_not_read()
    {
        var time = new FakeTimeProvider();
        var store = new InProcessSessionStore(time, new SystemEntropy(), capacity: 10);
        using var feed = new SessionFeed(store, time);
        using var slow = feed.Enter();
        using var fast = feed.Enter();
        var version = feed.Version;
        var empty = await store.ReadAsync(SessionCursor.Start, 10, Cancelled);
        Assert.Empty(empty.Sessions);

        await store.AddAsync(
            new Session { SessionId = ByteString.CopyFrom(new byte[16]), State = Session.Types.State.Waiting, Peer = "unknown" }, new byte[] { 1 }, TimeSpan.FromMinutes(1), Cancelled);
        var page = await store.ReadAsync(SessionCursor.Start, 10, Cancelled);
        var waiting = feed.WaitAsync(version, page.End, Cancelled);

        Assert.True(feed.WaitAsync(version, empty.End, Cancelled).IsCompletedSuccessfully);
        Assert.False(waiting.IsCompleted);
    }
}
