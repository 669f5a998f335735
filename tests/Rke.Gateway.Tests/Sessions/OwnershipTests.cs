using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Rke.Gateway.Identity;
using Rke.Gateway.Sessions.Store;
using Rke.V1;

namespace Rke.Gateway.Tests.Sessions;

/// <summary>
/// Sessions of two peers at one receiver. A caller sees and claims only the sessions of the peers that the policy permits, and the other
/// ones look like unknown ones.
/// </summary>
public sealed class OwnershipTests : IDisposable
{
    private const string Policy = """
        {
          "rules": [
            { "callers": ["spiffe://shop"], "methods": ["rke.v1.RkeSessionService/*"], "peers": ["shop"] },
            { "callers": ["spiffe://billing"], "methods": ["rke.v1.RkeSessionService/*"], "peers": ["bill*"] },
            { "callers": ["spiffe://peers"], "methods": ["rke.v1.RkeSessionService/*"], "peers": ["*"] },
            { "callers": ["spiffe://rest"], "methods": ["rke.v1.RkeSessionService/*"], "peers": ["unknown"] },
            { "callers": ["spiffe://all"], "methods": ["rke.v1.RkeSessionService/*"] },
          ]
        }
        """;

    private static readonly Metadata Shop = As("shop");
    private static readonly Metadata Billing = As("billing");

    private readonly TlsFolder _folder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_session_has_the_coin_of_its_sender_and_belongs_to_the_first_peer_that_matches()
    {
        await using var pair = await StartAsync();
        var made = await InitiateAsync(pair.InitiatorClient, pair);
        var session = (await pair.ReceiverClient.GetSessionAsync(
            new() { SessionId = made.SessionId }, As("all"), cancellationToken: Cancelled)).Session;
        Assert.Equal("shop", session.Peer);
        Assert.Equal(6u, session.Sender.Network);
        Assert.InRange(session.Sender.Coin.SerialNumber, 1000u, 1039u);
        Assert.Equal(made.Parts.Select(part => (part.Network, part.RaidaId)), session.Parts.Select(part => (part.Network, part.RaidaId)));
        Assert.All(session.Parts, part => Assert.Equal(6u, part.Network));

        // The receiver's own coins are those of billing.
        var other = await InitiateAsync(await BillingInitiatorAsync(pair), pair);
        session = (await pair.ReceiverClient.GetSessionAsync(
            new() { SessionId = other.SessionId }, As("all"), cancellationToken: Cancelled)).Session;
        Assert.Equal("billing", session.Peer);
        Assert.InRange(session.Sender.Coin.SerialNumber, 2000u, 2039u);
    }

    [Theory]
    [InlineData("Coins", "1000-1999", "Addresses", "127.0.0.0/8", "peer")]
    [InlineData("Coins", "1000-1999", "Addresses", "192.0.2.1", "unknown")]
    [InlineData("Coins", "1/1000-1999", "Network", "6", "unknown")]
    [InlineData("Coins", "1000-1999", "Network", "7", "unknown")]
    [InlineData("Addresses", "192.0.2.1,127.0.0.1", "Network", "6", "peer")]
    [InlineData("Domain", "localhost", "Coins", "0/1000-1999", "peer")]
    [InlineData("Domain", "localhost", "Coins", "5", "unknown")]
    public async Task All_conditions_of_a_peer_must_hold(string key, string value, string otherKey, string otherValue, string peer)
    {
        await using var pair = await SessionPair.StartAsync(receiver: new Dictionary<string, string?>
        {
            ["Rke:Peers:0:Name"] = "peer",
            [$"Rke:Peers:0:{key}"] = value,
            [$"Rke:Peers:0:{otherKey}"] = otherValue,
        });
        var made = await InitiateAsync(pair.InitiatorClient, pair);
        Assert.Equal(peer, (await pair.ReceiverClient.GetSessionAsync(
            new() { SessionId = made.SessionId }, cancellationToken: Cancelled)).Session.Peer);
    }

    [Fact]
    public async Task Peers_are_reloaded()
    {
        WritePeers("shop");
        await using var pair = await SessionPair.StartAsync(
            receiver: new Dictionary<string, string?> { ["Rke:Reload:Interval"] = "00:00:00.020" },
            configureReceiver: builder => builder.Configuration.AddJsonFile(_folder.PathOf("peers.json")));
        Assert.Equal("shop", await PeerOfNextAsync());
        WritePeers("store");
        await Eventually.IsTrueAsync(async () => await PeerOfNextAsync() == "store");

        async Task<string> PeerOfNextAsync()
        {
            var made = await InitiateAsync(pair.InitiatorClient, pair);
            return (await pair.ReceiverClient.GetSessionAsync(
                new() { SessionId = made.SessionId }, cancellationToken: Cancelled)).Session.Peer;
        }

        void WritePeers(string name) => _folder.WriteFile("peers.json", JsonSerializer.Serialize(new Dictionary<string, string>
        {
            ["Rke:Peers:0:Name"] = name,
            ["Rke:Peers:0:Coins"] = "1000-1999",
        }));
    }

    [Fact]
    public async Task A_session_of_another_peer_looks_like_an_unknown_one()
    {
        await using var pair = await StartAsync();
        var client = pair.ReceiverClient;
        var theirs = (await InitiateAsync(await BillingInitiatorAsync(pair), pair)).SessionId;
        var unknown = ByteString.CopyFrom(new byte[16]);
        await SameAsync(id => client.GetSessionAsync(new() { SessionId = id }, Shop, cancellationToken: Cancelled));
        await SameAsync(id => client.ClaimSessionAsync(new() { SessionId = id }, Shop, cancellationToken: Cancelled));
        await SameAsync(id => client.ClaimSessionAsync(
            new() { SessionId = id, IdempotencyKey = "k" }, Shop, cancellationToken: Cancelled));
        await SameAsync(id => client.AcknowledgeSessionAsync(
            new() { SessionId = id, IdempotencyKey = "k" }, Shop, cancellationToken: Cancelled));
        await SameAsync(id => client.CloseSessionAsync(new() { SessionId = id }, Shop, cancellationToken: Cancelled));
        Assert.Empty((await client.ListSessionsAsync(new(), Shop, cancellationToken: Cancelled)).Sessions);
        Assert.Empty((await client.ListSessionsAsync(new() { Peers = { "billing" } }, Shop, cancellationToken: Cancelled)).Sessions);

        // None of these calls changed it.
        await client.ClaimSessionAsync(new() { SessionId = theirs }, Billing, cancellationToken: Cancelled);
        await SameAsync(id => client.ClaimSessionAsync(new() { SessionId = id }, Shop, cancellationToken: Cancelled));

        async Task SameAsync<T>(Func<ByteString, AsyncUnaryCall<T>> call)
        {
            var (hidden, missing) = (await Details.OfAsync(call(theirs)), await Details.OfAsync(call(unknown)));
            Assert.Equal((StatusCode.NotFound, "SESSION_NOT_FOUND"), (hidden.Code, hidden.Reason));
            Assert.Equal(missing.Message, hidden.Message);
            Assert.Equal(missing.Info.Metadata.Keys, hidden.Info.Metadata.Keys);
        }
    }

    [Fact]
    public async Task A_watch_and_its_cursors_disclose_nothing_about_other_peers()
    {
        await using var pair = await StartAsync();
        var billing = await BillingInitiatorAsync(pair);
        await InitiateAsync(billing, pair);
        var first = await InitiateAsync(pair.InitiatorClient, pair);
        using var watch = pair.ReceiverClient.WatchSessions(new() { Consumer = "c" }, Shop, cancellationToken: Cancelled);
        var seen = await NextAsync(watch);
        Assert.Equal((first.SessionId, false, false), (seen.Session.SessionId, seen.Redelivered, seen.Gap));

        // Another caller with the same name of a consumer changes nothing.
        using var theirs = pair.ReceiverClient.WatchSessions(new() { Consumer = "c" }, Billing, cancellationToken: Cancelled);
        Assert.Equal("billing", (await NextAsync(theirs)).Session.Peer);
        await InitiateAsync(billing, pair);
        await NextAsync(theirs);
        var second = await InitiateAsync(pair.InitiatorClient, pair);
        var next = await NextAsync(watch);
        Assert.Equal((second.SessionId, false), (next.Session.SessionId, next.Redelivered));

        // A cursor has the epoch and one block of ciphertext, and does not contain the number of the session.
        var epoch = next.Cursor.Split('.')[0];
        Assert.Equal(epoch, seen.Cursor.Split('.')[0]);
        Assert.All(new[] { seen, next }, message => Assert.Equal(epoch.Length + 33, message.Cursor.Length));
        var store = pair.Receiver.Services.GetRequiredService<ISessionStore>();
        var (current, _) = await store.ReadPeersAsync(Cancelled);
        Assert.True(CursorText.TryRead(next.Cursor, current, CursorPurpose.Watch, out var cursor));
        Assert.Equal(4ul, cursor.Number);
        var forged = $"{epoch}.{new string('0', 32)}";
        Assert.Equal(["cursor"], (await Details.OfAsync(
            pair.ReceiverClient.WatchSessions(new() { Cursor = forged }, Shop, cancellationToken: Cancelled)
                .ResponseStream.MoveNext(Cancelled))).BadFields);
        Assert.Equal(["page_token"], (await Details.OfAsync(pair.ReceiverClient.ListSessionsAsync(
            new() { PageToken = next.Cursor }, Shop, cancellationToken: Cancelled))).BadFields);

        using var resumed = pair.ReceiverClient.WatchSessions(
            new() { Consumer = "c", Cursor = seen.Cursor }, Shop, cancellationToken: Cancelled);
        var again = await NextAsync(resumed);
        Assert.Equal((second.SessionId, true), (again.Session.SessionId, again.Redelivered));
    }

    [Fact]
    public async Task A_watch_can_be_limited_to_peers_and_follows_the_policy()
    {
        await using var pair = await StartAsync();
        var billing = await BillingInitiatorAsync(pair);
        using var watch = pair.ReceiverClient.WatchSessions(new() { Peers = { "billing" } }, As("all"), cancellationToken: Cancelled);
        await InitiateAsync(pair.InitiatorClient, pair);
        var theirs = await InitiateAsync(billing, pair);
        Assert.Equal(theirs.SessionId, (await NextAsync(watch)).Session.SessionId);

        // The stream does not continue under a policy that does not allow it.
        _folder.WriteFile("policy.json", Policy.Replace("spiffe://all", "spiffe://none", StringComparison.Ordinal));
        await Eventually.IsTrueAsync(async () =>
        {
            try
            {
                await pair.ReceiverClient.ListSessionsAsync(new(), As("all"), cancellationToken: Cancelled);
                return false;
            }
            catch (RpcException)
            {
                return true;
            }
        });
        await InitiateAsync(billing, pair);
        Assert.Equal("NOT_PERMITTED", (await Details.OfAsync(watch.ResponseStream.MoveNext(Cancelled))).Reason);
    }

    [Fact]
    public async Task Sessions_are_listed_newest_first_in_pages_and_by_peer_state_and_time()
    {
        await using var pair = await StartAsync();
        var billing = await BillingInitiatorAsync(pair);
        var made = new List<ByteString>();
        for (var count = 0; count < 5; count++)
        {
            made.Insert(0, (await InitiateAsync(pair.InitiatorClient, pair)).SessionId);
            await InitiateAsync(billing, pair);
        }

        // A hidden session between two pages leaves no trace: each page is full.
        var seen = new List<ByteString>();
        var request = new ListSessionsRequest { PageSize = 2 };
        do
        {
            var page = await pair.ReceiverClient.ListSessionsAsync(request, Shop, cancellationToken: Cancelled);
            seen.AddRange(page.Sessions.Select(session => session.SessionId));
            Assert.Equal(seen.Count < 5 ? 2 : 1, page.Sessions.Count);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        Assert.Equal(made, seen);

        await pair.ReceiverClient.ClaimSessionAsync(new() { SessionId = made[1] }, Shop, cancellationToken: Cancelled);
        await pair.ReceiverClient.CloseSessionAsync(new() { SessionId = made[3] }, Shop, cancellationToken: Cancelled);
        Assert.Equal([made[1]], await ListAsync(new() { States = { Session.Types.State.Claimed } }));
        Assert.Equal(
            [made[1], made[3]], await ListAsync(new() { States = { Session.Types.State.Claimed, Session.Types.State.Closed } }));
        Assert.Equal(made, await ListAsync(new() { Peers = { "shop", "billing" } }));
        Assert.Equal(10, (await pair.ReceiverClient.ListSessionsAsync(new(), As("peers"), cancellationToken: Cancelled)).Sessions.Count);
        Assert.Empty((await pair.ReceiverClient.ListSessionsAsync(new(), As("rest"), cancellationToken: Cancelled)).Sessions);
        var middle = (await pair.ReceiverClient.GetSessionAsync(
            new() { SessionId = made[2] }, Shop, cancellationToken: Cancelled)).Session.ArriveTime;
        Assert.Equal(made[..3], await ListAsync(new() { ArrivedFrom = middle }));
        Assert.Equal(made[3..], await ListAsync(new() { ArrivedBefore = middle }));

        var refused = await Details.OfAsync(pair.ReceiverClient.ListSessionsAsync(
            new()
            {
                PageSize = 1001,
                PageToken = "x",
                Peers = { "" },
                States = { Session.Types.State.Initiated },
                ArrivedFrom = new Timestamp { Nanos = -1 },
            },
            Shop,
            cancellationToken: Cancelled));
        Assert.Equal(["page_size", "page_token", "states", "arrived_from", "peers"], refused.BadFields);

        async Task<IEnumerable<ByteString>> ListAsync(ListSessionsRequest list) =>
            (await pair.ReceiverClient.ListSessionsAsync(list, Shop, cancellationToken: Cancelled)).Sessions
            .Select(session => session.SessionId);
    }

    private static Metadata As(string caller) => new() { { ForwardedCertificate.Header, $"URI=spiffe://{caller}" } };

    private static async Task<WatchSessionsResponse> NextAsync(AsyncServerStreamingCall<WatchSessionsResponse> watch)
    {
        Assert.True(await watch.ResponseStream.MoveNext(Cancelled));
        return watch.ResponseStream.Current;
    }

    private static async Task<InitiateSessionResponse> InitiateAsync(
        RkeSessionService.RkeSessionServiceClient client, SessionPair pair) =>
        await client.InitiateSessionAsync(new() { Endpoint = pair.Target }, cancellationToken: Cancelled);

    private static async Task<RkeSessionService.RkeSessionServiceClient> BillingInitiatorAsync(SessionPair pair) => new(
        (await pair.StartReceiverAsync(new Dictionary<string, string?> { ["Rke:Targets:Allow"] = "127.0.0.1" })).Channel);

    private Task<SessionPair> StartAsync()
    {
        _folder.WriteFile("policy.json", Policy);
        return SessionPair.StartAsync(receiver: new Dictionary<string, string?>
        {
            ["Rke:Peers:0:Name"] = "shop",
            ["Rke:Peers:0:Coins"] = "1000-1999",
            ["Rke:Peers:1:Name"] = "billing",
            ["Rke:Peers:1:Coins:0"] = "0/2000-2999",
            ["Rke:Peers:1:Coins:1"] = "5",
            ["Rke:Peers:1:Addresses"] = "127.0.0.1",
            ["Rke:Policy:Path"] = _folder.PathOf("policy.json"),
            ["Rke:Identity:ForwardedFrom"] = "127.0.0.1",
            ["Rke:Reload:Interval"] = "00:00:00.020",
        });
    }
}
