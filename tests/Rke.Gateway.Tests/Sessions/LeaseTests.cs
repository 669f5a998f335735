using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Rke.Gateway.Identity;
using Rke.Gateway.Tests.Redis;
using Rke.V1;

namespace Rke.Gateway.Tests.Sessions;

/// <summary>A lost response does not lose a key: ClaimSession and InitiateSession with an idempotency key.</summary>
public sealed class LeaseTests(RedisFixture redis) : IClassFixture<RedisFixture>, IDisposable
{
    private readonly TlsFolder _folder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("memory")]
    [InlineData("redis")]
    [InlineData("sealed")]
    public async Task A_claim_can_be_repeated_by_its_caller_until_it_is_acknowledged(string state)
    {
        await redis.Server.AskAsync("FLUSHALL");
        await using var pair = await SessionPair.StartAsync(receiver: SettingsOf(state));
        var client = pair.ReceiverClient;

        // With a sealing key, each replica returns the key.
        var other = state == "sealed" ? Client(await pair.StartReceiverAsync(SettingsOf(state))) : client;
        var made = await pair.InitiatorClient.InitiateSessionAsync(new() { Endpoint = pair.Target }, cancellationToken: Cancelled);
        var request = new ClaimSessionRequest { SessionId = made.SessionId, IdempotencyKey = "k1" };
        var first = await client.ClaimSessionAsync(request, As("a"), cancellationToken: Cancelled);
        var again = await other.ClaimSessionAsync(request, As("a"), cancellationToken: Cancelled);
        Assert.Equal(made.Key, first.Key);
        Assert.Equal(first, again);
        Assert.NotNull(first.LeaseExpireTime);

        await RefusedAsync(request, "b");
        await RefusedAsync(new() { SessionId = made.SessionId, IdempotencyKey = "k2" }, "a");
        await RefusedAsync(new() { SessionId = made.SessionId }, "a");
        var foreign = await Details.OfAsync(other.AcknowledgeSessionAsync(
            new() { SessionId = made.SessionId, IdempotencyKey = "k1" }, As("b"), cancellationToken: Cancelled));
        Assert.Equal("SESSION_NOT_FOUND", foreign.Reason);
        Assert.Equal(first, await other.ClaimSessionAsync(request, As("a"), cancellationToken: Cancelled));

        for (var count = 0; count < 2; count++)
        {
            var acknowledged = await other.AcknowledgeSessionAsync(
                new() { SessionId = made.SessionId, IdempotencyKey = "k1" }, As("a"), cancellationToken: Cancelled);
            Assert.Equal(Session.Types.State.Claimed, acknowledged.Session.State);
            await RefusedAsync(request, "a");
        }

        async Task RefusedAsync(ClaimSessionRequest claim, string caller) => Assert.Equal(
            "SESSION_NOT_WAITING",
            (await Details.OfAsync(other.ClaimSessionAsync(claim, As(caller), cancellationToken: Cancelled))).Reason);
    }

    [Theory]
    [InlineData("memory")]
    [InlineData("redis")]
    [InlineData("sealed")]
    public async Task An_initiation_can_be_repeated_by_its_caller_until_it_is_acknowledged(string state)
    {
        await redis.Server.AskAsync("FLUSHALL");
        await using var pair = await SessionPair.StartAsync(initiator: SettingsOf(state));
        var client = pair.InitiatorClient;
        var other = state == "sealed" ? Client(await pair.StartInitiatorAsync(SettingsOf(state))) : client;
        var request = new InitiateSessionRequest { Endpoint = pair.Target, IdempotencyKey = "k1", DeriveLabels = { "a", "b" } };
        var made = await client.InitiateSessionAsync(request, As("a"), cancellationToken: Cancelled);
        Assert.Equal(made, await other.InitiateSessionAsync(request, As("a"), cancellationToken: Cancelled));
        Assert.NotNull(made.LeaseExpireTime);
        using (var stream = other.InitiateSessionStream(new() { Session = request }, As("a"), cancellationToken: Cancelled))
        {
            // The steps were those of the first call.
            Assert.True(await stream.ResponseStream.MoveNext(Cancelled));
            Assert.Equal(made, stream.ResponseStream.Current.Result);
            Assert.False(await stream.ResponseStream.MoveNext(Cancelled));
        }

        var different = request.Clone();
        different.KeySize = 64;
        Assert.Equal("IDEMPOTENCY_MISMATCH", (await Details.OfAsync(
            other.InitiateSessionAsync(different, As("a"), cancellationToken: Cancelled))).Reason);
        Assert.NotEqual(
            made.SessionId, (await other.InitiateSessionAsync(request, As("b"), cancellationToken: Cancelled)).SessionId);

        // The gateway finds the session for its caller only, without its key.
        var found = (await other.GetSessionAsync(new() { SessionId = made.SessionId }, As("a"), cancellationToken: Cancelled)).Session;
        Assert.Equal((Session.Types.State.Initiated, 32u, pair.Target), (found.State, found.KeySize, found.Receiver));
        Assert.All(found.Parts, part => Assert.Empty(part.KeyIdHash));
        Assert.Equal("SESSION_NOT_FOUND", (await Details.OfAsync(other.GetSessionAsync(
            new() { SessionId = made.SessionId }, As("b"), cancellationToken: Cancelled))).Reason);

        await other.AcknowledgeSessionAsync(
            new() { SessionId = made.SessionId, IdempotencyKey = "k1" }, As("a"), cancellationToken: Cancelled);
        var deleted = await Details.OfAsync(client.InitiateSessionAsync(request, As("a"), cancellationToken: Cancelled));
        Assert.Equal((StatusCode.FailedPrecondition, "SESSION_KEY_DELETED"), (deleted.Code, deleted.Reason));
        Assert.Equal(Convert.ToHexStringLower(made.SessionId.Span), deleted.Info.Metadata["session_id"]);
    }

    [Fact]
    public async Task Redis_has_no_key_during_a_lease()
    {
        await redis.Server.AskAsync("FLUSHALL");
        await using var pair = await SessionPair.StartAsync(initiator: SettingsOf("sealed"), receiver: SettingsOf("sealed"));
        var made = await pair.InitiatorClient.InitiateSessionAsync(
            new() { Endpoint = pair.Target, IdempotencyKey = "k1" }, cancellationToken: Cancelled);
        await pair.ReceiverClient.ClaimSessionAsync(
            new() { SessionId = made.SessionId, IdempotencyKey = "k1" }, cancellationToken: Cancelled);
        var id = Convert.ToHexStringLower(made.SessionId.Span);
        var stored = "";
        foreach (var key in (string[])[$"rke:{{i:{id}}}:k", $"rke:{{s}}:k:{id}"])
        {
            var text = await redis.Server.AskAsync("GET", key);
            Assert.True(text.Length > 100, key);
            stored += text;
        }

        stored += await redis.Server.AskAsync("HGETALL", $"rke:{{i:{id}}}:s") + await redis.Server.AskAsync("HGETALL", $"rke:{{s}}:s:{id}");
        ByteString[] secrets = [.. made.Parts.Select(part => part.KeyIdHash), made.DerivedKey, ByteString.CopyFrom(made.Key.Span[..8])];
        Assert.All(secrets, secret => Assert.DoesNotContain(Encoding.Latin1.GetString(secret.Span), stored, StringComparison.Ordinal));

        // A gateway can be both sides of a session: the acknowledgement ends both leases.
        var session = await pair.InitiatorClient.GetSessionAsync(new() { SessionId = made.SessionId }, cancellationToken: Cancelled);
        Assert.Equal(Session.Types.State.Claimed, session.Session.State);
        session = await pair.InitiatorClient.GetSessionAsync(
            new() { SessionId = made.SessionId, Initiated = true }, cancellationToken: Cancelled);
        Assert.Equal(Session.Types.State.Initiated, session.Session.State);
        await pair.InitiatorClient.AcknowledgeSessionAsync(
            new() { SessionId = made.SessionId, IdempotencyKey = "k1" }, cancellationToken: Cancelled);
        Assert.Contains(":0", await redis.Server.AskAsync("EXISTS", $"rke:{{i:{id}}}:k", $"rke:{{s}}:k:{id}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Both_sides_derive_the_same_key_for_each_label()
    {
        await using var pair = await SessionPair.StartAsync();
        string[] labels = ["client-to-server", "server-to-client", "~"];
        var made = await pair.InitiatorClient.InitiateSessionAsync(
            new() { Endpoint = pair.Target, DeriveLabels = { labels } }, cancellationToken: Cancelled);
        var claimed = await pair.ReceiverClient.ClaimSessionAsync(
            new() { SessionId = made.SessionId, DeriveLabels = { labels.Reverse() } }, cancellationToken: Cancelled);
        Assert.Equal(labels, made.LabelKeys.Select(key => key.Label));
        Assert.Equal(made.LabelKeys, claimed.LabelKeys.Reverse());
        var salt = made.Parts.SelectMany(part => part.KeyIdHash).ToArray();
        Assert.All(made.LabelKeys, key => Assert.Equal(
            HKDF.DeriveKey(
                HashAlgorithmName.SHA256, made.Key.ToByteArray(), 32, salt, Encoding.ASCII.GetBytes($"rke session key v1 {key.Label}")),
            key.Key.ToByteArray()));
        Assert.Equal(made.DerivedKey, claimed.DerivedKey);
        Assert.Equal(4, made.LabelKeys.Select(key => key.Key).Append(made.DerivedKey).Distinct().Count());
    }

    [Fact]
    public async Task Labels_idempotency_keys_and_ids_have_bounds()
    {
        await using var pair = await SessionPair.StartAsync();
        string[] labels = ["a", "a", "", "a b", "é", new('x', 65)];
        string[] fields = ["derive_labels[1]", "derive_labels[2]", "derive_labels[3]", "derive_labels[4]", "derive_labels[5]"];
        Assert.Equal(["session_id", "idempotency_key", .. fields], (await Details.OfAsync(pair.ReceiverClient.ClaimSessionAsync(
            new() { SessionId = ByteString.CopyFrom(new byte[32]), IdempotencyKey = new('k', 129), DeriveLabels = { labels } },
            cancellationToken: Cancelled))).BadFields);
        Assert.Equal([.. fields, "idempotency_key"], (await Details.OfAsync(pair.InitiatorClient.InitiateSessionAsync(
            new() { Endpoint = pair.Target, IdempotencyKey = new('k', 129), DeriveLabels = { labels } },
            cancellationToken: Cancelled))).BadFields);
        Assert.Equal(["derive_labels"], (await Details.OfAsync(pair.InitiatorClient.InitiateSessionAsync(
            new() { Endpoint = pair.Target, DeriveLabels = { Enumerable.Range(0, 17).Select(n => $"{n}") } },
            cancellationToken: Cancelled))).BadFields);
        Assert.Equal(["session_id", "idempotency_key"], (await Details.OfAsync(pair.ReceiverClient.AcknowledgeSessionAsync(
            new(), cancellationToken: Cancelled))).BadFields);
        Assert.Equal(0, pair.History.Posted);
    }

    private static Metadata As(string caller) => new() { { ForwardedCertificate.Header, $"URI=spiffe://{caller}" } };

    private static RkeSessionService.RkeSessionServiceClient Client(RunningGateway gateway) => new(gateway.Channel);

    private Dictionary<string, string?> SettingsOf(string state)
    {
        var settings = new Dictionary<string, string?> { ["Rke:Identity:ForwardedFrom"] = "127.0.0.1" };
        if (state != "memory")
        {
            settings["Rke:Redis:Endpoints"] = redis.Server.Endpoint;
            settings["Rke:Redis:Timeout"] = "00:00:05";
        }

        if (state == "sealed")
        {
            settings["Rke:Sessions:SealingKey"] = _folder.PathOf("keys");
            if (!File.Exists(_folder.PathOf("keys")))
            {
                _folder.WriteFile("keys", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
            }
        }

        return settings;
    }
}
