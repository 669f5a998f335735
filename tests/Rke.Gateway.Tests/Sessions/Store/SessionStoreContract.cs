using System.Collections.Concurrent;
using System.Security.Cryptography;
using Rke.Gateway.Sessions.Store;
using Rke.V1;

namespace Rke.Gateway.Tests.Sessions.Store;

/// <summary>
/// What every implementation of <see cref="ISessionStore"/> does. Up to <see cref="Capacity"/> sessions wait.
/// </summary>
public abstract class SessionStoreContract
{
    private protected const int Capacity = 4000;

    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    /// <summary>Where replicas share one, every time another one's.</summary>
    private protected abstract ISessionStore Store { get; }

    private protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Makes so much time pass for the store.</summary>
    private protected abstract Task PassAsync(TimeSpan time);

    [Fact]
    public async Task What_was_added_is_found_with_its_sealed_key()
    {
        var session = Make();
        Assert.Equal(SessionAddition.Added, await AddAsync(session, [1, 2, 3]));
        var found = await Store.FindAsync(session.SessionId, Cancelled);
        Assert.NotNull(found);
        Assert.Equal(session, found.Session);
        Assert.Equal([1, 2, 3], found.SealedKey.ToArray());
        Assert.Null(await Store.FindAsync(Make().SessionId, Cancelled));
    }

    [Fact]
    public async Task Added_again_it_is_known_and_unchanged()
    {
        var session = Make();
        await AddAsync(session, [1]);
        Assert.Equal(SessionAddition.Known, await AddAsync(session, [2]));
        Assert.Equal([1], (await Store.FindAsync(session.SessionId, Cancelled))!.SealedKey.ToArray());
        Assert.Single((await Store.ReadAsync(SessionCursor.Start, 10, Cancelled)).Sessions);
    }

    [Fact]
    public async Task A_claim_succeeds_once_and_deletes_the_key()
    {
        var session = Make();
        await AddAsync(session, [1]);
        Assert.True(await Store.TryClaimAsync(session.SessionId, Cancelled));
        Assert.False(await Store.TryClaimAsync(session.SessionId, Cancelled));
        Assert.False(await Store.TryClaimAsync(Make().SessionId, Cancelled));
        var found = (await Store.FindAsync(session.SessionId, Cancelled))!;
        Assert.Equal(Session.Types.State.Claimed, found.Session.State);
        Assert.True(found.SealedKey.IsEmpty);
    }

    [Fact]
    public async Task Of_many_who_race_for_many_sessions_each_is_claimed_by_exactly_one()
    {
        var ids = new List<string>();
        for (var count = 0; count < 300; count++)
        {
            var session = Make();
            ids.Add(session.SessionId);
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
    public async Task Closed_it_cannot_be_claimed_and_its_key_is_deleted()
    {
        var session = Make();
        await AddAsync(session, [1]);
        Assert.Equal(Session.Types.State.Closed, (await Store.CloseAsync(session.SessionId, Cancelled))!.Session.State);
        Assert.False(await Store.TryClaimAsync(session.SessionId, Cancelled));
        var found = (await Store.FindAsync(session.SessionId, Cancelled))!;
        Assert.Equal(Session.Types.State.Closed, found.Session.State);
        Assert.True(found.SealedKey.IsEmpty);
        Assert.Null(await Store.CloseAsync(Make().SessionId, Cancelled));
    }

    [Fact]
    public async Task Unclaimed_it_expires_is_told_as_expired_and_is_forgotten_as_a_gap()
    {
        var session = Make();
        var before = await EndAsync();
        await AddAsync(session, [1], Short);
        await PassAsync(Short);
        Assert.False(await Store.TryClaimAsync(session.SessionId, Cancelled));
        var found = (await Store.FindAsync(session.SessionId, Cancelled))!;
        Assert.Equal(Session.Types.State.Expired, found.Session.State);
        Assert.True(found.SealedKey.IsEmpty);
        var page = await Store.ReadAsync(before, 10, Cancelled);
        Assert.Equal(Session.Types.State.Expired, Assert.Single(page.Sessions).Session.State);
        Assert.False(page.HasGap);

        await PassAsync(Short);
        Assert.Null(await Store.FindAsync(session.SessionId, Cancelled));
        var later = await Store.ReadAsync(before, 10, Cancelled);
        Assert.Empty(later.Sessions);
        Assert.True(later.HasGap);
        Assert.False((await Store.ReadAsync(page.End, 10, Cancelled)).HasGap);
    }

    [Fact]
    public async Task Claimed_sessions_that_are_forgotten_are_no_gap()
    {
        var before = await EndAsync();
        var session = Make();
        await AddAsync(session, [1], Short);
        Assert.True(await Store.TryClaimAsync(session.SessionId, Cancelled));
        await PassAsync(3 * Short);
        Assert.False((await Store.ReadAsync(before, 10, Cancelled)).HasGap);
    }

    [Fact]
    public async Task They_are_read_in_order_page_by_page_from_any_cursor()
    {
        var ids = new List<string>();
        for (var count = 0; count < 25; count++)
        {
            var session = Make();
            ids.Add(session.SessionId);
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

            seen.AddRange(page.Sessions.Select(stored => stored.Session.SessionId));
            cursors.Add(page.End);
        }

        Assert.Equal(ids, seen);
        var again = await Store.ReadAsync(cursors[1], 100, Cancelled);
        Assert.Equal(ids.Skip(10), again.Sessions.Select(stored => stored.Session.SessionId));
        Assert.False(again.HasGap);
    }

    [Fact]
    public async Task A_cursor_of_another_life_or_of_the_future_starts_anew_and_is_a_gap()
    {
        await AddAsync(Make(), [1]);
        var end = await EndAsync();
        foreach (var foreign in new[] { new SessionCursor("00ff", 1), end with { Number = end.Number + 1 } })
        {
            var page = await Store.ReadAsync(foreign, 10, Cancelled);
            Assert.True(page.HasGap);
            Assert.NotEmpty(page.Sessions);
            Assert.Equal(end.Life, page.Start.Life);
        }
    }

    [Fact]
    public async Task Who_waits_is_woken_by_an_arrival_at_any_replica()
    {
        var end = await EndAsync();
        var waiting = Enumerable.Range(0, 3).Select(_ => Store.WaitAsync(end, Cancelled).AsTask()).ToArray();
        await AddAsync(Make(), [1]);
        await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromSeconds(20), Cancelled);
        await Store.WaitAsync(end, Cancelled).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancelled);
    }

    [Fact]
    public async Task Deliveries_are_remembered_a_consumer()
    {
        Assert.Equal(0ul, await Store.NoteDeliveryAsync("a", 5, Cancelled));
        Assert.Equal(5ul, await Store.NoteDeliveryAsync("a", 3, Cancelled));
        Assert.Equal(5ul, await Store.NoteDeliveryAsync("a", 6, Cancelled));
        Assert.Equal(6ul, await Store.NoteDeliveryAsync("a", 6, Cancelled));
        Assert.Equal(0ul, await Store.NoteDeliveryAsync("b", 1, Cancelled));
    }

    [Fact]
    public async Task One_more_than_may_wait_is_refused_and_none_that_waits_is_dropped()
    {
        var first = Make();
        await AddAsync(first, [1]);
        await Task.WhenAll(Enumerable.Range(1, Capacity - 1).Select(_ => AddAsync(Make(), [1])));
        Assert.False(await Store.HasRoomAsync(Cancelled));
        Assert.Equal(SessionAddition.Full, await AddAsync(Make(), [1]));
        Assert.True(await Store.TryClaimAsync(first.SessionId, Cancelled));
        Assert.True(await Store.HasRoomAsync(Cancelled));
        Assert.Equal(SessionAddition.Added, await AddAsync(Make(), [1]));
    }

    private protected static Session Make() => new()
    {
        SessionId = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
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
