using System.Collections.Concurrent;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Options;
using Rke.Gateway.Redis;
using Rke.Gateway.Sessions;
using Rke.Gateway.Sessions.Store;
using Rke.Gateway.Tests.Redis;
using Rke.V1;

namespace Rke.Gateway.Tests.Sessions.Store;

/// <summary>
/// Claims while Redis is slow or unavailable, loses its data, or is replaced by another one: no session has two owners. After an
/// error, the session may be claimed or not.
/// </summary>
public sealed class RedisSessionFailureTests
{
    private const int Sessions = 300;
    private const string Channel = "rke:{s}:a";

    private static readonly IOptions<SessionsOptions> Settings = Options.Create(
        new SessionsOptions { Lifetime = TimeSpan.FromMinutes(5), Capacity = 10_000 });

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_session_claimed_at_one_primary_is_not_claimed_at_another_without_the_claim()
    {
        await using var primary = await RedisServerProcess.StartAsync();
        await using var replica = await StartReplicaAsync(primary);
        await using var before = await RedisState.ConnectAsync(primary);
        var store = StoreOf(before);
        var (claimed, waiting) = (await AddAsync(store), await AddAsync(store));
        await Eventually.IsTrueAsync(async () => (await replica.AskAsync("EXISTS", $"rke:{{s}}:k:{waiting}")).Contains(":1"));

        // From now on the replica receives nothing, as if its primary had failed before it sent the data.
        await replica.AskAsync("REPLICAOF", "NO", "ONE");
        Assert.True(await store.TryClaimAsync(claimed, Cancelled));
        await using var after = await RedisState.ConnectAsync(replica);
        var successor = StoreOf(after);
        Assert.False(await successor.TryClaimAsync(claimed, Cancelled));

        // This session may have been claimed at the old primary. Its key is deleted, and watchers receive it as expired.
        Assert.False(await successor.TryClaimAsync(waiting, Cancelled));
        var found = (await successor.FindAsync(waiting, Cancelled))!;
        Assert.Equal(Session.Types.State.Expired, found.Session.State);
        Assert.Contains(":0", await replica.AskAsync("EXISTS", $"rke:{{s}}:k:{waiting}"));
        Assert.Equal(0, await WaitingAsync(successor));

        // New sessions can be claimed.
        Assert.True(await successor.TryClaimAsync(await AddAsync(successor), Cancelled));
    }

    [Fact]
    public async Task A_session_claimed_after_the_snapshot_is_not_claimed_again_after_a_restart()
    {
        await using var server = await RedisServerProcess.StartAsync();
        await using var state = await RedisState.ConnectAsync(server);
        var store = StoreOf(state);
        var (claimed, waiting) = (await AddAsync(store), await AddAsync(store));
        var cursor = (await store.ReadAsync(SessionCursor.Start, 10, Cancelled)).End;
        await server.AskAsync("SAVE");
        Assert.True(await store.TryClaimAsync(claimed, Cancelled));

        await server.KillAsync();
        await server.StartAgainAsync();
        Assert.Contains(":1", await server.AskAsync("EXISTS", $"rke:{{s}}:k:{claimed}"));
        await Eventually.IsTrueAsync(async () => await TryAsync(store, claimed) is { } isMine && !isMine);
        Assert.False(await store.TryClaimAsync(waiting, Cancelled));

        var page = await store.ReadAsync(cursor, 10, Cancelled);
        Assert.True(page.HasGap);
        Assert.Equal([claimed, waiting], page.Sessions.Select(stored => stored.Session.Id()));
        Assert.All(page.Sessions, stored => Assert.Equal(Session.Types.State.Expired, stored.Session.State));
    }

    [Fact]
    public async Task No_session_is_claimed_twice_if_Redis_is_killed_and_restarts_from_a_snapshot()
    {
        await using var server = await RedisServerProcess.StartAsync();
        await using var one = await RedisState.ConnectAsync(server, timeout: RedisOptions.DefaultTimeout * 5);
        await using var two = await RedisState.ConnectAsync(server, timeout: RedisOptions.DefaultTimeout * 5);
        for (var round = 0; round < 3; round++)
        {
            var ids = await AddManyAsync(StoreOf(one));
            await server.AskAsync("SAVE");
            await RaceAsync(ids, [StoreOf(one), StoreOf(two)], async () =>
            {
                await server.KillAsync();
                await server.StartAgainAsync();
            });
        }
    }

    [Fact]
    public async Task No_session_is_claimed_twice_during_a_failover_by_Sentinel()
    {
        await using var primary = await RedisServerProcess.StartAsync();
        await using var replica = await StartReplicaAsync(primary);
        await using var sentinel = RedisServerProcess.PrepareSentinel(primary);
        await sentinel.StartAgainAsync();
        await Eventually.IsTrueAsync(async () => (await sentinel.AskAsync("INFO", "sentinel")).Contains("slaves=1"));
        var settings = RedisState.Settings(RedisOptions.DefaultTimeout * 5, primary, replica);
        await using var one = await RedisState.ConnectAsync(settings);
        await using var two = await RedisState.ConnectAsync(settings);
        var ids = await AddManyAsync(StoreOf(one));
        await RaceAsync(ids, [StoreOf(one), StoreOf(two)], primary.KillAsync);
        Assert.Contains("role:master", await replica.AskAsync("INFO", "replication"));
    }

    [Fact]
    public async Task No_session_is_claimed_twice_if_Redis_stops_answering()
    {
        await using var server = await RedisServerProcess.StartAsync();
        await using var one = await RedisState.ConnectAsync(server, timeout: RedisOptions.DefaultTimeout * 5);
        await using var two = await RedisState.ConnectAsync(server, timeout: RedisOptions.DefaultTimeout * 5);
        var ids = await AddManyAsync(StoreOf(one));
        RedisSessionStore[] stores = [StoreOf(one), StoreOf(two)];
        await RaceAsync(ids, stores, async () =>
        {
            server.Signal("STOP");
            await Eventually.IsTrueAsync(async () =>
            {
                await Task.WhenAll(stores.Select(store => TryAsync(store, ids[^1])));
                return !one.Circuit.IsUp && !two.Circuit.IsUp;
            });
            server.Signal("CONT");
        });
    }

    [Fact]
    public async Task After_an_error_the_session_may_be_claimed_and_then_its_key_is_lost()
    {
        await using var server = await RedisServerProcess.StartAsync();
        await using var one = await RedisState.ConnectAsync(server, timeout: RedisOptions.DefaultTimeout * 5);
        await using var two = await RedisState.ConnectAsync(server, timeout: RedisOptions.DefaultTimeout * 5);
        var id = await AddAsync(StoreOf(one));

        // The command has reached Redis, which runs it when it continues.
        server.Signal("STOP");
        Assert.Null(await TryAsync(StoreOf(one), id));
        server.Signal("CONT");
        bool? isTwos = null;
        await Eventually.IsTrueAsync(async () => (isTwos = await TryAsync(StoreOf(two), id)) is not null);
        bool? isOnes = null;
        await Eventually.IsTrueAsync(async () => (isOnes = await TryAsync(StoreOf(one), id)) is not null);
        Assert.False(isOnes);
        var found = (await StoreOf(two).FindAsync(id, Cancelled))!;
        Assert.Equal(Session.Types.State.Claimed, found.Session.State);
        TestContext.Current.TestOutputHelper!.WriteLine($"claimed by the next one: {isTwos}");
    }

    [Fact]
    public async Task A_refused_or_lost_subscription_is_repeated()
    {
        await using var server = await RedisServerProcess.StartAsync();
        await server.AskAsync("ACL", "SETUSER", "default", "-subscribe");
        await using var state = await RedisState.ConnectAsync(server);
        var store = StoreOf(state);

        // Without a notification, the watch polls.
        await AddAsync(store);
        await store.WaitAsync(SessionCursor.Start, Cancelled);
        Assert.Equal(0, await ListenersAsync());
        await server.AskAsync("ACL", "SETUSER", "default", "+subscribe");
        await IsListeningAsync();

        await server.AskAsync("CLIENT", "KILL", "TYPE", "pubsub");
        await IsListeningAsync();

        await server.KillAsync();
        await server.StartAgainAsync();
        await IsListeningAsync();

        async Task IsListeningAsync()
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
            var watching = WatchAsync(stop.Token);
            await Eventually.IsTrueAsync(async () => await ListenersAsync() == 1);
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);
        }

        async Task WatchAsync(CancellationToken stop)
        {
            while (true)
            {
                await store.WaitAsync(new SessionCursor("ff", 0), stop);
            }
        }

        async Task<int> ListenersAsync() =>
            (await server.AskAsync("PUBSUB", "NUMSUB", Channel)).EndsWith(":1\r\n", StringComparison.Ordinal) ? 1 : 0;
    }

    // Four consumers claim all sessions during a failure of Redis, until each session is claimed or has expired.
    private static async Task RaceAsync(
        IReadOnlyList<string> ids, RedisSessionStore[] stores, Func<Task> disturbAsync)
    {
        var owners = new ConcurrentBag<string>();
        var errors = 0;
        var consumers = Enumerable.Range(0, 4).Select(number => Task.Run(() => ConsumeAsync(number))).ToArray();
        await Eventually.IsTrueAsync(() => owners.Count >= Sessions / 10);
        await disturbAsync();
        await Task.WhenAll(consumers);
        TestContext.Current.TestOutputHelper!.WriteLine($"{owners.Count} of {ids.Count} claimed, {errors} errors");
        Assert.Equal(owners.Count, owners.Distinct().Count());

        // After the failure the store works.
        var late = await AddAsync(stores[0]);
        Assert.True(await stores[1].TryClaimAsync(late, Cancelled));
        Assert.False(await stores[0].TryClaimAsync(late, Cancelled));

        async Task ConsumeAsync(int number)
        {
            var store = stores[number % stores.Length];
            foreach (var id in number < 2 ? ids : ids.Reverse())
            {
                bool? isMine = null;
                await Eventually.IsTrueAsync(async () =>
                {
                    isMine = await TryAsync(store, id);
                    Interlocked.Add(ref errors, isMine is null ? 1 : 0);
                    return isMine is not null;
                });
                if (isMine is true)
                {
                    owners.Add(id);
                }
            }
        }
    }

    /// <summary>Null if Redis is unavailable.</summary>
    private static async Task<bool?> TryAsync(RedisSessionStore store, string id)
    {
        try
        {
            return await store.TryClaimAsync(id, Cancelled);
        }
        catch (RpcException exception)
        {
            Assert.Equal("STATE_UNAVAILABLE", new Details(exception).Reason);
            return null;
        }
    }

    private static async Task<RedisServerProcess> StartReplicaAsync(RedisServerProcess primary)
    {
        var replica = await RedisServerProcess.StartAsync("--replicaof", "127.0.0.1", $"{primary.Port}");
        await Eventually.IsTrueAsync(async () =>
            (await replica.AskAsync("INFO", "replication")).Contains("master_link_status:up"));
        return replica;
    }

    private static RedisSessionStore StoreOf(RedisState state) =>
        new(state.Circuit, state.Multiplexer, TimeProvider.System, Settings);

    private static async Task<IReadOnlyList<string>> AddManyAsync(RedisSessionStore store)
    {
        var ids = new List<string>();
        for (var count = 0; count < Sessions; count++)
        {
            ids.Add(await AddAsync(store));
        }

        return ids;
    }

    private static async Task<string> AddAsync(RedisSessionStore store)
    {
        var session = new Session
        {
            SessionId = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16)),
            Peer = "unknown",
            State = Session.Types.State.Waiting,
        };
        var sealedKey = RandomNumberGenerator.GetBytes(48);
        Assert.Equal(SessionAddition.Added, await store.AddAsync(session, sealedKey, Settings.Value.Lifetime, Cancelled));
        return session.Id();
    }

    private static async Task<long> WaitingAsync(RedisSessionStore store)
    {
        await store.HasRoomAsync(Cancelled);
        return store.Waiting;
    }
}
