using System.Collections.Concurrent;
using System.Security.Cryptography;
using Google.Protobuf;
using Rke.Gateway.Sessions.Store;
using Rke.V1;

namespace Rke.Gateway.Tests.Sessions.Store;

/// <summary>
/// The tests of all implementations of <see cref="ISessionStore"/>. The store has room for <see cref="Capacity"/> waiting sessions.
/// </summary>
public abstract class SessionStoreContract
{
    private protected const int Capacity = 4000;

    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    /// <summary>The store. If replicas share it, each access uses another replica.</summary>
    private protected abstract ISessionStore Store { get; }

    private protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Advances the time of the store.</summary>
    private protected abstract Task PassAsync(TimeSpan time);

    [Fact]
    public async Task An_added_session_is_found_with_its_encrypted_key()
    {
        var session = Make();
        Assert.Equal(SessionAddition.Added, await AddAsync(session, [1, 2, 3]));
        var found = await Store.FindAsync(session.Id(), Cancelled);
        Assert.NotNull(found);
        Assert.Equal(session, found.Session);
        Assert.Equal([1, 2, 3], found.SealedKey.ToArray());
        Assert.Null(await Store.FindAsync(Make().Id(), Cancelled));
    }

    [Fact]
    public async Task A_page_ends_after_the_latest_session_also_if_that_session_is_claimed()
    {
        var before = (await Store.ReadAsync(SessionCursor.Start, 10, Cancelled)).End;
        var sessions = new[] { Make(), Make() };
        foreach (var session in sessions)
        {
            await AddAsync(session, [1]);
            Assert.True(await Store.TryClaimAsync(session.Id(), Cancelled));
        }

        var page = await Store.ReadAsync(before, 10, Cancelled);
        Assert.DoesNotContain(page.Sessions, stored => stored.Session.State == Session.Types.State.Waiting);
        Assert.Equal(before.Number + 2, page.End.Number);
    }

    [Fact]
    public async Task A_session_added_again_is_known_and_unchanged()
    {
        var session = Make();
        await AddAsync(session, [1]);
        Assert.Equal(SessionAddition.Known, await AddAsync(session, [2]));
        Assert.Equal([1], (await Store.FindAsync(session.Id(), Cancelled))!.SealedKey.ToArray());
        Assert.Single((await Store.ReadAsync(SessionCursor.Start, 10, Cancelled)).Sessions);
    }

    [Fact]
    public async Task A_claim_succeeds_once_and_deletes_the_key()
    {
        var session = Make();
        await AddAsync(session, [1]);
        Assert.True(await Store.TryClaimAsync(session.Id(), Cancelled));
        Assert.False(await Store.TryClaimAsync(session.Id(), Cancelled));
        Assert.False(await Store.TryClaimAsync(Make().Id(), Cancelled));
        var found = (await Store.FindAsync(session.Id(), Cancelled))!;
        Assert.Equal(Session.Types.State.Claimed, found.Session.State);
        Assert.True(found.SealedKey.IsEmpty);
    }

    [Fact]
    public async Task A_leased_claim_is_repeated_for_its_ticket_until_the_lease_ends()
    {
        var session = Make();
        await AddAsync(session, [1]);
        var first = await Store.ClaimAsync(session.Id(), new("ticket", Short), Cancelled);
        Assert.NotNull(first!.LeaseEnds);
        Assert.Equal([1], (await Store.FindAsync(session.Id(), Cancelled))!.SealedKey.ToArray());
        Assert.Equal(first, await Store.ClaimAsync(session.Id(), new("ticket", Short), Cancelled));
        Assert.Null(await Store.ClaimAsync(session.Id(), new("other", Short), Cancelled));
        Assert.False(await Store.TryClaimAsync(session.Id(), Cancelled));
        await PassAsync(Short);
        Assert.Null(await Store.ClaimAsync(session.Id(), new("ticket", Short), Cancelled));
        var found = (await Store.FindAsync(session.Id(), Cancelled))!;
        Assert.Equal(Session.Types.State.Claimed, found.Session.State);
        Assert.True(found.SealedKey.IsEmpty);
    }

    [Fact]
    public async Task An_acknowledgement_with_the_ticket_ends_the_lease_and_deletes_the_key()
    {
        var session = Make();
        await AddAsync(session, [1]);
        Assert.Null(await Store.AcknowledgeAsync(session.Id(), "ticket", Cancelled));
        Assert.NotNull(await Store.ClaimAsync(session.Id(), new("ticket", Long), Cancelled));
        Assert.Null(await Store.AcknowledgeAsync(session.Id(), "other", Cancelled));
        Assert.NotNull(await Store.ClaimAsync(session.Id(), new("ticket", Long), Cancelled));
        for (var count = 0; count < 2; count++)
        {
            var acknowledged = await Store.AcknowledgeAsync(session.Id(), "ticket", Cancelled);
            Assert.Equal(Session.Types.State.Claimed, acknowledged!.Session.State);
            Assert.Null(await Store.ClaimAsync(session.Id(), new("ticket", Long), Cancelled));
        }

        Assert.True((await Store.FindAsync(session.Id(), Cancelled))!.SealedKey.IsEmpty);
        Assert.Null(await Store.AcknowledgeAsync(Make().Id(), "ticket", Cancelled));
    }

    [Fact]
    public async Task A_closed_session_has_no_lease()
    {
        var session = Make();
        await AddAsync(session, [1]);
        Assert.NotNull(await Store.ClaimAsync(session.Id(), new("ticket", Long), Cancelled));
        await Store.CloseAsync(session.Id(), Cancelled);
        Assert.Null(await Store.ClaimAsync(session.Id(), new("ticket", Long), Cancelled));
        Assert.True((await Store.FindAsync(session.Id(), Cancelled))!.SealedKey.IsEmpty);
    }

    [Fact]
    public async Task Sessions_of_peers_are_listed_newest_first_in_any_state()
    {
        var (shop, rest) = ($"shop{Guid.NewGuid():N}", $"rest{Guid.NewGuid():N}");
        var ids = new List<string>();
        for (var count = 0; count < 7; count++)
        {
            var session = Make();
            session.Peer = count == 3 ? rest : shop;
            await AddAsync(session, [1]);
            ids.Insert(0, session.Id());
        }

        await Store.TryClaimAsync(ids[0], Cancelled);
        await Store.CloseAsync(ids[1], Cancelled);
        string[] expected = [.. ids.Where((_, index) => index != 3)];
        var seen = new List<StoredSession>();
        var before = 0ul;
        do
        {
            var page = await Store.ListAsync([shop], before, 4, Cancelled);
            seen.AddRange(page.Sessions);
            before = page.Last;
        }
        while (before != 0);
        Assert.Equal(expected, seen.Select(stored => stored.Session.Id()));
        Assert.Equal(
            [Session.Types.State.Claimed, Session.Types.State.Closed, Session.Types.State.Waiting],
            seen.Take(3).Select(stored => stored.Session.State));
        Assert.Equal(ids, (await Store.ListAsync([shop, rest], 0, 100, Cancelled)).Sessions.Select(stored => stored.Session.Id()));
        Assert.Empty((await Store.ListAsync([], 0, 100, Cancelled)).Sessions);
        var (epoch, peers) = await Store.ReadPeersAsync(Cancelled);
        Assert.Superset(new HashSet<string> { shop, rest }, peers.ToHashSet());
        Assert.Equal((await EndAsync()).Epoch, epoch.Name);
    }

    [Fact]
    public async Task A_session_that_is_removed_is_a_gap_of_its_peer_and_is_not_listed()
    {
        var before = await EndAsync();
        var session = Make();
        session.Peer = $"shop{Guid.NewGuid():N}";
        await AddAsync(session, [1], Short);
        await PassAsync(2 * Short);
        Assert.Equal([session.Peer], (await Store.ReadAsync(before, 10, Cancelled)).MissedPeers);
        Assert.Empty((await Store.ListAsync([session.Peer], 0, 10, Cancelled)).Sessions);
    }

    [Fact]
    public async Task Concurrent_claims_succeed_exactly_once_for_each_session()
    {
        var ids = new List<string>();
        for (var count = 0; count < 300; count++)
        {
            var session = Make();
            ids.Add(session.Id());
            await AddAsync(session, [1]);
        }

        var claims = new ConcurrentBag<string>();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            foreach (var id in ids)
            {
                if (await Store.TryClaimAsync(id, Cancelled))
                {
                    claims.Add(id);
                }
            }
        })));
        Assert.Equal(ids.Order(), claims.Order());
    }

    [Fact]
    public async Task A_closed_session_cannot_be_claimed_and_its_key_is_deleted()
    {
        var session = Make();
        await AddAsync(session, [1]);
        Assert.Equal(Session.Types.State.Closed, (await Store.CloseAsync(session.Id(), Cancelled))!.Session.State);
        Assert.False(await Store.TryClaimAsync(session.Id(), Cancelled));
        var found = (await Store.FindAsync(session.Id(), Cancelled))!;
        Assert.Equal(Session.Types.State.Closed, found.Session.State);
        Assert.True(found.SealedKey.IsEmpty);
        Assert.Null(await Store.CloseAsync(Make().Id(), Cancelled));
    }

    [Fact]
    public async Task An_unclaimed_session_expires_is_read_as_expired_and_becomes_a_gap_when_removed()
    {
        var session = Make();
        var before = await EndAsync();
        await AddAsync(session, [1], Short);
        await PassAsync(Short);
        Assert.False(await Store.TryClaimAsync(session.Id(), Cancelled));
        var found = (await Store.FindAsync(session.Id(), Cancelled))!;
        Assert.Equal(Session.Types.State.Expired, found.Session.State);
        Assert.True(found.SealedKey.IsEmpty);
        var page = await Store.ReadAsync(before, 10, Cancelled);
        Assert.Equal(Session.Types.State.Expired, Assert.Single(page.Sessions).Session.State);
        Assert.False(page.HasGap);

        await PassAsync(Short);
        Assert.Null(await Store.FindAsync(session.Id(), Cancelled));
        var later = await Store.ReadAsync(before, 10, Cancelled);
        Assert.Empty(later.Sessions);
        Assert.True(later.HasGap);
        Assert.False((await Store.ReadAsync(page.End, 10, Cancelled)).HasGap);
    }

    [Fact]
    public async Task Removed_claimed_sessions_are_no_gap()
    {
        var before = await EndAsync();
        var session = Make();
        await AddAsync(session, [1], Short);
        Assert.True(await Store.TryClaimAsync(session.Id(), Cancelled));
        await PassAsync(3 * Short);
        Assert.False((await Store.ReadAsync(before, 10, Cancelled)).HasGap);
    }

    [Fact]
    public async Task Sessions_are_read_in_order_and_in_pages_from_any_cursor()
    {
        var ids = new List<string>();
        for (var count = 0; count < 25; count++)
        {
            var session = Make();
            ids.Add(session.Id());
            await AddAsync(session, [1]);
        }

        var seen = new List<string>();
        var cursors = new List<SessionCursor> { SessionCursor.Start };
        while (true)
        {
            var page = await Store.ReadAsync(cursors[^1], 10, Cancelled);
            if (page.Sessions.Count == 0)
            {
                break;
            }

            seen.AddRange(page.Sessions.Select(stored => stored.Session.Id()));
            cursors.Add(page.End);
        }

        Assert.Equal(ids, seen);
        var again = await Store.ReadAsync(cursors[1], 100, Cancelled);
        Assert.Equal(ids.Skip(10), again.Sessions.Select(stored => stored.Session.Id()));
        Assert.False(again.HasGap);
    }

    [Fact]
    public async Task A_cursor_of_another_epoch_or_of_the_future_restarts_with_a_gap()
    {
        await AddAsync(Make(), [1]);
        var end = await EndAsync();
        foreach (var foreign in new[] { new SessionCursor("00ff", 1), end with { Number = end.Number + 1 } })
        {
            var page = await Store.ReadAsync(foreign, 10, Cancelled);
            Assert.True(page.HasGap);
            Assert.NotEmpty(page.Sessions);
            Assert.Equal(end.Epoch, page.Start.Epoch);
        }
    }

    [Fact]
    public async Task A_wait_ends_when_a_session_arrives_at_any_replica()
    {
        var end = await EndAsync();
        var waiting = Enumerable.Range(0, 3).Select(_ => Store.WaitAsync(end, Cancelled).AsTask()).ToArray();
        await AddAsync(Make(), [1]);
        await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromSeconds(20), Cancelled);
        await Store.WaitAsync(end, Cancelled).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancelled);
    }

    [Fact]
    public async Task Deliveries_are_recorded_per_consumer()
    {
        Assert.Equal(0ul, await Store.NoteDeliveryAsync("a", 5, Cancelled));
        Assert.Equal(5ul, await Store.NoteDeliveryAsync("a", 3, Cancelled));
        Assert.Equal(5ul, await Store.NoteDeliveryAsync("a", 6, Cancelled));
        Assert.Equal(6ul, await Store.NoteDeliveryAsync("a", 6, Cancelled));
        Assert.Equal(0ul, await Store.NoteDeliveryAsync("b", 1, Cancelled));
    }

    [Fact]
    public async Task A_full_store_rejects_a_session_and_drops_none()
    {
        var first = Make();
        await AddAsync(first, [1]);
        await Task.WhenAll(Enumerable.Range(1, Capacity - 1).Select(_ => AddAsync(Make(), [1])));
        Assert.False(await Store.HasRoomAsync(Cancelled));
        Assert.Equal(SessionAddition.Full, await AddAsync(Make(), [1]));
        Assert.True(await Store.TryClaimAsync(first.Id(), Cancelled));
        Assert.True(await Store.HasRoomAsync(Cancelled));
        Assert.Equal(SessionAddition.Added, await AddAsync(Make(), [1]));
    }

    private protected static Session Make() => new()
    {
        SessionId = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16)),
        Peer = "shop",
        State = Session.Types.State.Waiting,
        KeySize = 32,
        Parts = { new SessionPart { Index = 0, RaidaId = 14, Length = 32, Used = true } },
        Initiator = new() { Host = "192.0.2.1", Port = 7 },
    };

    private async Task<SessionCursor> EndAsync()
    {
        var cursor = SessionCursor.Start;
        while (true)
        {
            var page = await Store.ReadAsync(cursor, 1000, Cancelled);
            cursor = page.End;
            if (page.Sessions.Count == 0)
            {
                return cursor;
            }
        }
    }

    private Task<SessionAddition> AddAsync(Session session, byte[] sealedKey, TimeSpan? lifetime = null) =>
        Store.AddAsync(session, sealedKey, lifetime ?? Long, Cancelled).AsTask();
}
