using System.Collections.Concurrent;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Rke.Gateway.Sessions;
using Rke.Gateway.Signals;
using Rke.Gateway.Tests.Observability;
using Rke.Gateway.Tests.Redis;
using Rke.Gateway.Tests.Signals;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Tests.Sessions;

/// <summary>Receivers with several replicas that share their state in a real Redis.</summary>
public sealed class ReplicaTests(RedisFixture redis) : IClassFixture<RedisFixture>, IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rke-sealing-");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await redis.Server.AskAsync("FLUSHALL");

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_session_that_arrived_at_one_replica_is_watched_and_claimed_at_another()
    {
        var settings = Sealed(WriteKeys("keys", RandomNumberGenerator.GetBytes(32)));
        await using var pair = await SessionPair.StartAsync(receiver: settings);
        var other = Client(await pair.StartReceiverAsync(settings));
        using var watch = other.WatchSessions(new(), cancellationToken: Cancelled);
        var made = await pair.InitiatorClient.InitiateSessionAsync(
            new() { Endpoint = pair.Target }, cancellationToken: Cancelled);
        Assert.True(await watch.ResponseStream.MoveNext(Cancelled));
        Assert.Equal(made.SessionId, watch.ResponseStream.Current.Session.SessionId);
        Assert.Empty(watch.ResponseStream.Current.Session.Replica);

        await AssertRedisDoesNotKnowAsync(made);
        var claimed = await other.ClaimSessionAsync(new() { SessionId = made.SessionId }, cancellationToken: Cancelled);
        Assert.Equal(made.Key, claimed.Key);
        Assert.Equal(made.DerivedKey, claimed.DerivedKey);
        Assert.Equal(made.Parts, claimed.Session.Parts);
        var again = await Details.OfAsync(pair.ReceiverClient.ClaimSessionAsync(
            new() { SessionId = made.SessionId }, cancellationToken: Cancelled));
        Assert.Equal("SESSION_NOT_WAITING", again.Reason);
    }

    [Fact]
    public async Task A_session_that_one_replica_collected_is_resumed_at_another()
    {
        var settings = Sealed(WriteKeys("keys", RandomNumberGenerator.GetBytes(32)));
        settings["Rke:Signal:Exchange:Enabled"] = "true";
        await using var pair = await SessionPair.StartAsync(receiver: settings);
        var other = await pair.StartReceiverAsync(settings);
        var (slots, parts) = await ExchangeTests.PostAsync(pair, 4);
        var cacheableId = CacheableKeyId.Read(RandomNumberGenerator.GetBytes(16));
        await using var first = await ExchangeTests.ConnectAsync(pair.Listener);
        using var made = await ExchangeTests.SendAsync(first, cacheableId, slots, out _);
        Assert.Equal(WireStatus.Success, made.Status);
        await using var second = await ExchangeTests.ConnectAsync(other.Services.GetRequiredService<SignalListener>().EndPoint!);
        using var resumed = await ExchangeTests.SendAsync(second, cacheableId, [], out var challenge);
        Assert.Equal(WireStatus.KeyResumed, resumed.Status);

        byte[] kept = [.. parts.SelectMany(part => part)];
        var expected = HKDF.DeriveKey(HashAlgorithmName.SHA256, kept, 32, challenge, "rke resumed key v1"u8.ToArray());
        var sessions = await pair.ReceiverClient.ListSessionsAsync(new(), cancellationToken: Cancelled);
        var session = Assert.Single(sessions.Sessions, session => session.Resumed);
        var claimed = await pair.ReceiverClient.ClaimSessionAsync(new() { SessionId = session.SessionId }, cancellationToken: Cancelled);
        Assert.Equal(expected, claimed.Key.ToByteArray());
    }

    [Fact]
    public async Task Without_a_sealing_key_only_the_replica_with_the_key_returns_it()
    {
        await using var pair = await SessionPair.StartAsync(receiver: Shared());
        var other = Client(await pair.StartReceiverAsync(Shared()));
        Assert.Contains(pair.Receiver.Logs.Lines, line => line.StartsWith("Warning 1701", StringComparison.Ordinal));
        var made = await pair.InitiatorClient.InitiateSessionAsync(
            new() { Endpoint = pair.Target }, cancellationToken: Cancelled);
        await AssertRedisDoesNotKnowAsync(made);
        var refused = await Details.OfAsync(other.ClaimSessionAsync(
            new() { SessionId = made.SessionId }, cancellationToken: Cancelled));
        Assert.Equal("SESSION_ELSEWHERE", refused.Reason);
        Assert.Equal(pair.Receiver.Services.GetRequiredService<ReplicaName>().Value, refused.Info.Metadata["replica"]);

        var claimed = await pair.ReceiverClient.ClaimSessionAsync(
            new() { SessionId = made.SessionId }, cancellationToken: Cancelled);
        Assert.Equal(made.Key, claimed.Key);
    }

    [Fact]
    public async Task Sealing_keys_rotate_while_sessions_wait()
    {
        var (old, fresh) = (RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32));
        await using var pair = await SessionPair.StartAsync(receiver: Sealed(WriteKeys("old", old)));
        var rotated = Client(await pair.StartReceiverAsync(Sealed(WriteKeys("both", fresh, old))));
        var later = Client(await pair.StartReceiverAsync(Sealed(WriteKeys("new", fresh))));
        var made = await pair.InitiatorClient.InitiateSessionAsync(
            new() { Endpoint = pair.Target }, cancellationToken: Cancelled);
        var refused = await Details.OfAsync(later.ClaimSessionAsync(
            new() { SessionId = made.SessionId }, cancellationToken: Cancelled));
        Assert.Equal("SESSION_SEALED", refused.Reason);
        var claimed = await rotated.ClaimSessionAsync(
            new() { SessionId = made.SessionId }, cancellationToken: Cancelled);
        Assert.Equal(made.Key, claimed.Key);
    }

    [Fact]
    public async Task Sealing_keys_rotate_in_running_replicas_and_earlier_sessions_can_be_claimed()
    {
        var (old, fresh) = (RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32));
        var settings = Sealed(WriteKeys("keys", old));
        settings["Rke:Reload:Interval"] = "00:00:00.020";
        await using var pair = await SessionPair.StartAsync(receiver: settings);
        var other = await pair.StartReceiverAsync(settings);
        var before = await InitiateAsync(pair, 3);

        WriteKeys("keys", fresh);
        await UntilReadAsync(pair.Receiver, 2);
        await UntilReadAsync(other, 2);
        var after = await InitiateAsync(pair, 2);
        var late = await pair.StartReceiverAsync(Sealed(WriteKeys("fresh", fresh)));
        var refused = await Details.OfAsync(Client(late).ClaimSessionAsync(
            new() { SessionId = before[2].SessionId }, cancellationToken: Cancelled));
        Assert.Equal("SESSION_SEALED", refused.Reason);
        await ClaimAsync(pair.Receiver, before[0]);
        await ClaimAsync(other, before[1]);
        await ClaimAsync(other, after[0]);
        await ClaimAsync(late, after[1]);

        Assert.Equal(2, pair.Receiver.Logs.Lines.Count(
            line => line.StartsWith("Information 1700", StringComparison.Ordinal)));
        AssertNotLogged(pair.Receiver, old, fresh);
    }

    [Fact]
    public async Task An_invalid_sealing_key_file_is_reported_and_the_old_keys_stay()
    {
        var (good, bad) = (RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(31));
        var settings = Sealed(WriteKeys("keys", good));
        settings["Rke:Reload:Interval"] = "00:00:00.020";
        await using var pair = await SessionPair.StartAsync(receiver: settings);
        var before = await InitiateAsync(pair, 1);

        var path = WriteKeys("keys", good, bad);
        await UntilRefusedAsync(pair.Receiver, isRefused: true);
        var ready = await pair.Receiver.ReadinessAsync();
        Assert.StartsWith($"ready\nwarning: Rke:Sessions:SealingKey: '{path}' has no key", ready, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexStringLower(bad)[..16], ready, StringComparison.Ordinal);
        var after = await InitiateAsync(pair, 1);
        await ClaimAsync(pair.Receiver, before[0]);
        await ClaimAsync(pair.Receiver, after[0]);

        File.Delete(path);
        await Eventually.IsTrueAsync(async () => (await pair.Receiver.ReadinessAsync())
            .Contains("cannot be read", StringComparison.Ordinal));
        await ClaimAsync(pair.Receiver, (await InitiateAsync(pair, 1))[0]);
        WriteKeys("keys", good);
        await UntilRefusedAsync(pair.Receiver, isRefused: false);
        Assert.Equal("ready\n", await pair.Receiver.ReadinessAsync());
        AssertNotLogged(pair.Receiver, good, bad);
    }

    [Fact]
    public async Task A_Signal_that_reaches_two_replicas_gets_the_same_flags_from_both()
    {
        var settings = Sealed(WriteKeys("keys", RandomNumberGenerator.GetBytes(32)));
        await using var pair = await SessionPair.StartAsync(receiver: settings);
        var other = await pair.StartReceiverAsync(settings);
        var parts = new List<(byte[], System.Net.IPEndPoint)>();
        for (byte index = 0; index < 4; index++)
        {
            var bytes = RandomNumberGenerator.GetBytes(8);
            bytes[^1] = 0xFF;
            var posted = await pair.Initiator.Client.PostKeyAsync(
                new() { RaidaId = index, KeyPart = ByteString.CopyFrom(bytes) }, cancellationToken: Cancelled);
            parts.Add((posted.KeyIdHash.ToByteArray(), pair.Servers.EndPoints[index]));
        }

        using var first = new Signaller(pair.Listener);
        using var second = new Signaller(other.Services.GetRequiredService<SignalListener>().EndPoint!);
        var signal = Signaller.Make(parts);
        first.Send(signal);
        second.Send(signal);
        var answer = await first.ReceiveAsync();
        Assert.Equal([0xFF, 0xFF, 0xFF, 0xFF, 0x00], answer[32..37]);
        Assert.Equal(answer, await second.ReceiveAsync());
    }

    [Fact]
    public async Task Two_consumers_on_two_replicas_race_and_every_session_is_claimed_exactly_once()
    {
        // tests/full/claims runs 10,000 at replicas of their own.
        const int Sessions = 2000;
        var settings = Sealed(WriteKeys("keys", RandomNumberGenerator.GetBytes(32)));
        await using var pair = await SessionPair.StartAsync(receiver: settings);
        var other = await pair.StartReceiverAsync(settings);
        var claims = new ConcurrentDictionary<ByteString, int>();
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var consumers = new[] { pair.Receiver, other }.Select((gateway, number) =>
            ConsumeAsync(Client(gateway), $"{number}", Sessions, claims, done)).ToArray();

        var keys = new ConcurrentDictionary<ByteString, byte[]>();
        var inboxes = new[] { pair.Receiver, other }
            .Select(gateway => gateway.Services.GetRequiredService<SessionInbox>())
            .ToArray();
        var atATime = new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancelled };
        await Parallel.ForAsync(0, Sessions, atATime, async (n, token) =>
        {
            var hash = RandomNumberGenerator.GetBytes(16);
            var session = new Session
            {
                SessionId = SessionIds.OfText(SessionKey.IdOf(hash)),
                Peer = "unknown",
                Parts = { new SessionPart { Length = 16, Used = true, KeyIdHash = ByteString.CopyFrom(hash) } },
            };
            keys[session.SessionId] = RandomNumberGenerator.GetBytes(16);
            Assert.Null(await inboxes[n % 2].AddAsync(session, keys[session.SessionId], token));
        });

        var seen = await Task.WhenAll(consumers);
        Assert.Equal(Sessions, claims.Count);
        Assert.All(claims.Values, times => Assert.Equal(1, times));
        Assert.Equal(Sessions, seen.Sum(consumer => consumer.Count));
        foreach (var (id, key) in seen.SelectMany(consumer => consumer))
        {
            Assert.Equal(keys[id], key);
        }
    }

    // Claims each watched session. Ends when all sessions are claimed.
    private static async Task<List<(ByteString Id, byte[] Key)>> ConsumeAsync(
        RkeSessionService.RkeSessionServiceClient client,
        string name,
        int all,
        ConcurrentDictionary<ByteString, int> claims,
        CancellationTokenSource stop)
    {
        var mine = new List<(ByteString, byte[])>();
        using var watch = client.WatchSessions(new() { Consumer = name }, cancellationToken: stop.Token);
        var claiming = new List<Task>();
        try
        {
            while (claims.Count < all && await watch.ResponseStream.MoveNext(stop.Token))
            {
                claiming.Add(ClaimAsync(watch.ResponseStream.Current.Session.SessionId));
                if (claiming.Count >= 32)
                {
                    await Task.WhenAll(claiming);
                    claiming.Clear();
                }
            }
        }
        catch (RpcException) when (stop.IsCancellationRequested)
        {
            // All sessions are claimed. The client reports its own cancelled read as CANCELLED or UNAVAILABLE.
        }

        await Task.WhenAll(claiming);
        return mine;

        async Task ClaimAsync(ByteString id)
        {
            try
            {
                var claimed = await client.ClaimSessionAsync(new() { SessionId = id }, cancellationToken: Cancelled);
                claims.AddOrUpdate(id, 1, (_, times) => times + 1);
                lock (mine)
                {
                    mine.Add((id, claimed.Key.ToByteArray()));
                }
            }
            catch (RpcException exception) when (new Details(exception).Reason == "SESSION_NOT_WAITING")
            {
                // The other consumer claimed it.
            }

            if (claims.Count >= all)
            {
                await stop.CancelAsync();
            }
        }
    }

    private static async Task<InitiateSessionResponse[]> InitiateAsync(SessionPair pair, int count) =>
        await Task.WhenAll(Enumerable.Range(0, count).Select(_ => pair.InitiatorClient.InitiateSessionAsync(
            new() { Endpoint = pair.Target }, cancellationToken: Cancelled).ResponseAsync));

    private static async Task ClaimAsync(RunningGateway gateway, InitiateSessionResponse made) => Assert.Equal(
        made.Key,
        (await Client(gateway).ClaimSessionAsync(new() { SessionId = made.SessionId }, cancellationToken: Cancelled)).Key);

    private static Task UntilReadAsync(RunningGateway gateway, int times) => Eventually.IsTrueAsync(async () =>
        (await Samples.OfAsync(gateway))["rke_reloads_total{file=\"sealing_keys\",result=\"applied\"}"].Equals(times));

    private static Task UntilRefusedAsync(RunningGateway gateway, bool isRefused) => Eventually.IsTrueAsync(async () =>
        (await Samples.OfAsync(gateway))["rke_reload_refused{file=\"sealing_keys\"}"].Equals(isRefused ? 1 : 0));

    private static void AssertNotLogged(RunningGateway gateway, params byte[][] keys)
    {
        var log = string.Join('\n', gateway.Logs.Lines);
        foreach (var key in keys)
        {
            Assert.DoesNotContain(Convert.ToHexString(key)[..12], log, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(Convert.ToBase64String(key)[..8], log, StringComparison.Ordinal);
        }
    }

    private async Task AssertRedisDoesNotKnowAsync(InitiateSessionResponse made)
    {
        var answer = await redis.Server.AskAsync("KEYS", "rke:{s}:*");
        var keys = answer.Split("\r\n").Where(line => line.StartsWith("rke:"));
        var stored = "";
        foreach (var key in keys)
        {
            stored += key.Contains(":s:") ? await redis.Server.AskAsync("HGETALL", key)
                : key.Contains(":k:") ? await redis.Server.AskAsync("GET", key)
                : "";
        }

        Assert.Contains(SessionIds.TextOf(made.SessionId), string.Join(' ', keys));
        ByteString[] secrets =
            [.. made.Parts.Select(part => part.KeyIdHash), made.DerivedKey, ByteString.CopyFrom(made.Key.Span[..8])];
        foreach (var secret in secrets)
        {
            Assert.DoesNotContain(System.Text.Encoding.Latin1.GetString(secret.Span), stored, StringComparison.Ordinal);
        }
    }

    private static RkeSessionService.RkeSessionServiceClient Client(RunningGateway gateway) => new(gateway.Channel);

    private string WriteKeys(string name, params byte[][] keys)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllLines($"{path}.new", keys.Select(Convert.ToHexStringLower));
        File.Move($"{path}.new", path, overwrite: true);
        return path;
    }

    private Dictionary<string, string?> Shared() => new()
    {
        ["Rke:Redis:Endpoints"] = redis.Server.Endpoint,
        ["Rke:Redis:Timeout"] = "00:00:05",
    };

    private Dictionary<string, string?> Sealed(string path)
    {
        var settings = Shared();
        settings["Rke:Sessions:SealingKey"] = path;
        return settings;
    }
}
