using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Rke.Gateway.Sessions;
using Rke.Gateway.Sessions.Store;
using Rke.Gateway.Signals;
using Rke.UdpBridge;
using Rke.UdpBridge.Streams;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Tests.Sessions;

/// <summary>Sessions over Exchange Keys: real gRPC, TCP and key servers.</summary>
public sealed class ExchangeTests
{
    private static readonly Dictionary<string, string?> Enabled = new() { ["Rke:Signal:Exchange:Enabled"] = "true" };
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Both_sides_have_the_same_key()
    {
        await using var pair = await SessionPair.StartAsync(receiver: Enabled);
        var made = await InitiateAsync(pair);
        Assert.False(made.Resumed);
        Assert.Equal(4, made.Parts.Count(part => part.Used));
        Assert.Equal(pair.Target, made.Endpoint);

        var arrived = await pair.ReceiverClient.GetSessionAsync(new() { SessionId = made.SessionId }, cancellationToken: Cancelled);
        Assert.Equal("127.0.0.1", arrived.Session.Initiator.Host);
        Assert.NotNull(arrived.Session.Sender);
        var claimed = await pair.ReceiverClient.ClaimSessionAsync(new() { SessionId = made.SessionId }, cancellationToken: Cancelled);
        Assert.Equal((made.Key, made.DerivedKey), (claimed.Key, claimed.DerivedKey));
        Assert.Equal(made.Parts, claimed.Session.Parts);
    }

    [Fact]
    public async Task Peers_that_met_before_resume_without_new_parts()
    {
        await using var pair = await SessionPair.StartAsync(receiver: Enabled);
        var first = await InitiateAsync(pair);
        var sender = (await pair.ReceiverClient.GetSessionAsync(
            new() { SessionId = first.SessionId }, cancellationToken: Cancelled)).Session.Sender;
        var posts = pair.History.Posted;
        var keys = new HashSet<ByteString> { first.Key };
        for (var count = 0; count < 3; count++)
        {
            var resumed = await InitiateAsync(pair, "client-to-server");
            Assert.True(resumed.Resumed);
            Assert.Empty(resumed.Parts);
            Assert.Equal(32, resumed.Key.Length);
            Assert.True(keys.Add(resumed.Key));
            var claimed = await pair.ReceiverClient.ClaimSessionAsync(
                new() { SessionId = resumed.SessionId, DeriveLabels = { "client-to-server" } }, cancellationToken: Cancelled);
            Assert.Equal((resumed.Key, resumed.DerivedKey), (claimed.Key, claimed.DerivedKey));
            Assert.Equal(resumed.LabelKeys, claimed.LabelKeys);
            Assert.True(claimed.Session.Resumed);
            Assert.Equal(sender, claimed.Session.Sender);
            Assert.Equal("127.0.0.1", claimed.Session.Initiator.Host);
            var initiated = await pair.InitiatorClient.GetSessionAsync(
                new() { SessionId = resumed.SessionId, Initiated = true }, cancellationToken: Cancelled);
            Assert.True(initiated.Session.Resumed);
        }

        Assert.Equal(posts, pair.History.Posted);
    }

    [Fact]
    public async Task The_key_of_a_claimed_session_does_not_return_to_memory()
    {
        await using var pair = await SessionPair.StartAsync(receiver: Enabled);
        await InitiateAsync(pair);
        var made = await InitiateAsync(pair);
        var claimed = await pair.ReceiverClient.ClaimSessionAsync(new() { SessionId = made.SessionId }, cancellationToken: Cancelled);

        // The peer repeats its request.
        var inbox = pair.Receiver.Services.GetRequiredService<SessionInbox>();
        Assert.Null(await inbox.AddAsync(claimed.Session.Clone(), claimed.Key.ToByteArray(), Cancelled));

        Assert.False(pair.Receiver.Services.GetRequiredService<InMemoryKeys>().Has(SessionIds.TextOf(made.SessionId)));
    }

    [Fact]
    public async Task A_signal_is_never_resumed()
    {
        await using var pair = await SessionPair.StartAsync(receiver: Enabled);
        await InitiateAsync(pair);
        var signalled = await pair.InitiatorClient.InitiateSessionAsync(new() { Endpoint = pair.Target }, cancellationToken: Cancelled);
        Assert.False(signalled.Resumed);
        Assert.Equal(4, signalled.Parts.Count);
    }

    [Fact]
    public async Task A_receiver_that_has_lost_the_key_gets_new_parts_in_the_same_call()
    {
        await using var pair = await SessionPair.StartAsync(receiver: Enabled);
        await InitiateAsync(pair);
        pair.Receiver.Services.GetRequiredService<InMemoryKeys>().Dispose();
        var made = await InitiateAsync(pair);
        Assert.False(made.Resumed);
        Assert.Equal(4, made.Parts.Count(part => part.Used));
        Assert.Equal(made.Key.ToByteArray(), await ClaimAsync(pair, made.SessionId.ToByteArray()));
        Assert.True((await InitiateAsync(pair)).Resumed);
    }

    [Fact]
    public async Task After_a_partial_success_both_sides_form_the_same_key_and_resume_it()
    {
        await using var pair = await SessionPair.StartAsync(receiver: Enabled);
        var (slots, parts) = await PostAsync(pair, 5);

        // The receiver finds no part under this id.
        slots[1] = slots[1] with { KeyId = KeyId.Read(RandomNumberGenerator.GetBytes(16)) };
        var cacheableId = CacheableKeyId.Read(RandomNumberGenerator.GetBytes(16));
        await using var connection = await ConnectAsync(pair.Listener);
        using var response = await SendAsync(connection, cacheableId, slots, out _);
        Assert.Equal(WireStatus.KeysPartlyCollected, response.Status);
        Assert.Equal([0b1011_1000, 0, 0, 0, 0], response.Payload.ToArray());

        byte[] key = [.. parts[0], .. parts[2], .. parts[3], .. parts[4]];
        byte[] hashes = [.. new[] { 0, 2, 3, 4 }.SelectMany(index => HashOf(slots[index]))];
        var id = SHA256.HashData([.. Encoding.ASCII.GetBytes("rke session id v1"), .. hashes])[..16];
        Assert.Equal(key, await ClaimAsync(pair, id));

        using var resumed = await SendAsync(connection, cacheableId, [], out var challenge);
        Assert.Equal(WireStatus.KeyResumed, resumed.Status);

        var idOfCacheable = new byte[16];
        cacheableId.CopyTo(idOfCacheable);
        var expected = HKDF.DeriveKey(HashAlgorithmName.SHA256, key, 32, challenge, Encoding.ASCII.GetBytes("rke resumed key v1"));
        id = SHA256.HashData([.. Encoding.ASCII.GetBytes("rke session id v1"), .. idOfCacheable, .. challenge])[..16];
        Assert.Equal(expected, await ClaimAsync(pair, id));
    }

    [Fact]
    public async Task An_initiator_joins_the_parts_that_the_receiver_could_collect()
    {
        // Nothing listens at the address that the receiver has for key server 3.
        await using var pair = await SessionPair.StartAsync(receiver: Enabled);
        var receiver = await pair.StartReceiverAsync(new Dictionary<string, string?>(Enabled)
        {
            ["Rke:Networks:0:Servers:3"] = $"{ScriptedServer.ClosedPort()}",
            ["Rke:Signal:CollectTimeout"] = "00:00:01",
        });
        var listener = receiver.Services.GetRequiredService<SignalListener>().EndPoint!;
        var made = await pair.InitiatorClient.InitiateSessionAsync(
            new()
            {
                Endpoint = new() { Host = "127.0.0.1", Port = (uint)listener.Port },
                Transport = InitiateSessionRequest.Types.Transport.Exchange,
                KeySize = 32,
                PartCount = 4,
                Preferences = new() { OnlyRaidaIds = { 1, 2, 3, 4 } },
            },
            cancellationToken: Cancelled);
        Assert.Equal(3u, Assert.Single(made.Parts, part => !part.Used).RaidaId);
        Assert.Equal(24, made.Key.Length);
        var claimed = await new RkeSessionService.RkeSessionServiceClient(receiver.Channel).ClaimSessionAsync(
            new() { SessionId = made.SessionId }, cancellationToken: Cancelled);
        Assert.Equal((made.Key, made.DerivedKey), (claimed.Key, claimed.DerivedKey));
    }

    [Fact]
    public async Task The_same_request_gets_the_same_answer_and_no_second_session()
    {
        await using var pair = await SessionPair.StartAsync(receiver: Enabled);
        var (slots, _) = await PostAsync(pair, 4);
        var cacheableId = CacheableKeyId.Read(RandomNumberGenerator.GetBytes(16));
        await using var first = await ConnectAsync(pair.Listener);
        await using var second = await ConnectAsync(pair.Listener);
        Assert.True(ExchangeKeysPayload.TryCreate(cacheableId, slots, out var payload, out _));
        using var request = first.Encode(payload);
        var deadline = MonotonicTime.Now(TimeProvider.System) + Limit;
        using var response = await first.SendAsync(request, deadline, Cancelled);
        Assert.Equal(WireStatus.Success, response.Status);

        // An initiator repeats a request whose answer was lost.
        using var again = await second.SendAsync(request, deadline, Cancelled);
        using var third = await first.SendAsync(request, deadline, Cancelled);
        Assert.Equal((WireStatus.Success, WireStatus.Success), (again.Status, third.Status));
        Assert.Equal(1, pair.Receiver.Services.GetRequiredService<ISessionStore>().Waiting);
    }

    [Fact]
    public async Task A_lost_answer_costs_no_session()
    {
        await using var pair = await SessionPair.StartAsync(receiver: Enabled);
        using var proxy = new TcpListener(IPAddress.Loopback, 0);
        proxy.Start();
        var relaying = RelayAsync(proxy, pair.Listener);
        var made = await pair.InitiatorClient.InitiateSessionAsync(
            new()
            {
                Endpoint = new() { Host = "127.0.0.1", Port = (uint)((IPEndPoint)proxy.LocalEndpoint).Port },
                Transport = InitiateSessionRequest.Types.Transport.Exchange,
            },
            cancellationToken: Cancelled);
        await relaying;
        Assert.Equal(4, made.Parts.Count(part => part.Used));
        Assert.Equal(made.Key.ToByteArray(), await ClaimAsync(pair, made.SessionId.ToByteArray()));
        Assert.Equal(0, pair.Receiver.Services.GetRequiredService<ISessionStore>().Waiting);
    }

    // Closes the first connection after the receiver has answered. The second connection gets its answer.
    private static async Task RelayAsync(TcpListener proxy, IPEndPoint receiver)
    {
        for (var connection = 1; connection <= 2; connection++)
        {
            using var client = await proxy.AcceptTcpClientAsync(Cancelled);
            using var server = new TcpClient();
            await server.ConnectAsync(receiver, Cancelled);
            var bytes = new byte[1050];
            await client.GetStream().ReadExactlyAsync(bytes, Cancelled);
            await server.GetStream().WriteAsync(bytes, Cancelled);
            await server.GetStream().ReadExactlyAsync(bytes.AsMemory(0, 32), Cancelled);
            if (connection == 2)
            {
                await client.GetStream().WriteAsync(bytes.AsMemory(0, 32), Cancelled);
            }
        }
    }

    [Fact]
    public async Task A_key_is_resumed_only_for_the_address_that_made_it()
    {
        await using var pair = await SessionPair.StartAsync(receiver: Enabled);
        var (slots, _) = await PostAsync(pair, 4);
        var cacheableId = CacheableKeyId.Read(RandomNumberGenerator.GetBytes(16));
        await using var connection = await ConnectAsync(pair.Listener);
        using var made = await SendAsync(connection, cacheableId, slots, out _);
        Assert.Equal(WireStatus.Success, made.Status);
        var request = RawRequest(cacheableId);
        Assert.Equal(0, await StatusFromAsync(pair.Listener, "127.0.0.2", request));
        Assert.Equal(3, await StatusFromAsync(pair.Listener, "127.0.0.1", request));
    }

    [Fact]
    public async Task An_unknown_id_without_parts_and_servers_that_are_not_configured_collect_nothing()
    {
        await using var pair = await SessionPair.StartAsync(receiver: Enabled);
        await using var connection = await ConnectAsync(pair.Listener);
        var cacheableId = CacheableKeyId.Read(RandomNumberGenerator.GetBytes(16));
        using var unknown = await SendAsync(connection, cacheableId, [], out _);
        Assert.Equal(WireStatus.Failed, unknown.Status);
        using var foreign = await SendAsync(
            connection, default, [new KeySlot(77, 3, default, KeyId.Read(RandomNumberGenerator.GetBytes(16)))], out _);
        Assert.Equal(WireStatus.Failed, foreign.Status);
    }

    [Fact]
    public async Task A_source_above_its_limit_is_told_to_come_later()
    {
        await using var pair = await SessionPair.StartAsync(receiver: new Dictionary<string, string?>(Enabled)
        {
            ["Rke:Signal:SourceBurst"] = "3",
            ["Rke:Signal:SourceRate"] = "1",
        });
        await using var connection = await ConnectAsync(pair.Listener);
        var statuses = new List<WireStatus>();
        for (var count = 0; count < 20; count++)
        {
            using var response = await SendAsync(
                connection, CacheableKeyId.Read(RandomNumberGenerator.GetBytes(16)), [], out _);
            statuses.Add(response.Status);
        }

        Assert.Equal(WireStatus.Failed, statuses[0]);
        Assert.Contains(WireStatus.Offline, statuses);
    }

    [Theory]
    [InlineData(5, 43, 6, 0)]
    [InlineData(22, 0, 16, 0)]
    [InlineData(48 + 16 + 3, 25, 0, 4)]
    [InlineData(34, 0xAA, 37, 0)]
    public async Task An_invalid_request_is_refused(int offset, byte value, byte status, byte group)
    {
        await using var pair = await SessionPair.StartAsync(receiver: Enabled);
        var request = RawRequest(CacheableKeyId.Read(RandomNumberGenerator.GetBytes(16)));
        request[48 + 16 + 1] = 6;
        request[offset] = value;
        using var client = new TcpClient();
        await client.ConnectAsync(pair.Listener, Cancelled);
        await client.GetStream().WriteAsync(request, Cancelled);
        var answer = new byte[32];
        await client.GetStream().ReadExactlyAsync(answer, Cancelled);
        Assert.Equal((status, group), (answer[2], answer[3]));
    }

    [Fact]
    public async Task Without_the_setting_nothing_listens_and_the_initiator_says_so()
    {
        await using var pair = await SessionPair.StartAsync();
        var failure = await Details.OfAsync(pair.InitiatorClient.InitiateSessionAsync(
            new() { Endpoint = pair.Target, Transport = InitiateSessionRequest.Types.Transport.Exchange }, cancellationToken: Cancelled));
        Assert.Equal((StatusCode.Unavailable, "RAIDA_UNREACHABLE"), (failure.Code, failure.Reason));
        Assert.Contains("TCP", failure.Message, StringComparison.Ordinal);
        Assert.Equal($"{pair.Listener}", failure.Info.Metadata["endpoint"]);
    }

    [Fact]
    public async Task An_unknown_transport_is_an_invalid_field()
    {
        await using var pair = await SessionPair.StartAsync();
        var failure = await Details.OfAsync(pair.InitiatorClient.InitiateSessionAsync(
            new() { Endpoint = pair.Target, Transport = (InitiateSessionRequest.Types.Transport)9 }, cancellationToken: Cancelled));
        Assert.Equal(["transport"], failure.BadFields);
    }

    [Fact]
    public async Task No_log_contains_a_key_or_a_key_id()
    {
        await using var pair = await SessionPair.StartAsync(receiver: Enabled);
        var first = await InitiateAsync(pair);
        var second = await InitiateAsync(pair);
        foreach (var line in pair.Initiator.Logs.Lines.Concat(pair.Receiver.Logs.Lines))
        {
            foreach (var secret in new[] { first.Key, second.Key, first.DerivedKey, second.DerivedKey })
            {
                Assert.DoesNotContain(Convert.ToHexString(secret.Span), line, StringComparison.OrdinalIgnoreCase);
                Assert.DoesNotContain(secret.ToBase64(), line, StringComparison.Ordinal);
            }
        }
    }

    private static byte[] HashOf(KeySlot slot)
    {
        var hash = new byte[16];
        slot.KeyId.Hash().CopyTo(hash);
        return hash;
    }

    private static byte[] RawRequest(CacheableKeyId cacheableId)
    {
        Assert.True(ExchangeKeysPayload.TryCreate(cacheableId, [], out var payload, out _));
        var request = new byte[1050];
        RequestFrame.Write(
            request,
            new(WireProfile.Rke, 6, 0, default),
            new(77),
            Challenge.Create(RandomNumberGenerator.GetBytes(12)),
            payload,
            cipher: null);
        return request;
    }

    private static async Task<int> StatusFromAsync(IPEndPoint listener, string source, byte[] request)
    {
        using var client = new TcpClient(new IPEndPoint(IPAddress.Parse(source), 0));
        await client.ConnectAsync(listener, Cancelled);
        await client.GetStream().WriteAsync(request, Cancelled);
        var answer = new byte[32];
        await client.GetStream().ReadExactlyAsync(answer, Cancelled);
        return answer[2];
    }

    internal static Task<StreamConnection> ConnectAsync(IPEndPoint listener) =>
        new StreamClient(new SystemEntropy(), TimeProvider.System).ConnectAsync(
            new ServerAddress(WireProfile.Rke, 6, 0, listener), tls: null, MonotonicTime.Now(TimeProvider.System) + Limit, Cancelled);

    internal static Task<StreamResponse> SendAsync(
        StreamConnection connection, CacheableKeyId cacheableId, KeySlot[] slots, out byte[] challenge)
    {
        Assert.True(ExchangeKeysPayload.TryCreate(cacheableId, slots, out var payload, out var error), $"{error}");
        var request = connection.Encode(payload);
        challenge = new byte[16];
        request.Challenge.CopyTo(challenge);
        return connection.SendAsync(request, MonotonicTime.Now(TimeProvider.System) + Limit, Cancelled);
    }

    private static async Task<byte[]> ClaimAsync(SessionPair pair, byte[] id) =>
        (await pair.ReceiverClient.ClaimSessionAsync(new() { SessionId = ByteString.CopyFrom(id) }, cancellationToken: Cancelled))
        .Key.ToByteArray();

    private static async Task<InitiateSessionResponse> InitiateAsync(SessionPair pair, params string[] labels) =>
        await pair.InitiatorClient.InitiateSessionAsync(
            new()
            {
                Endpoint = pair.Target,
                Transport = InitiateSessionRequest.Types.Transport.Exchange,
                DeriveLabels = { labels },
            },
            cancellationToken: Cancelled);

    // Parts of 8 bytes on the key servers 0 to count - 1. The last byte is the mark.
    internal static async Task<(KeySlot[] Slots, byte[][] Parts)> PostAsync(SessionPair pair, int count)
    {
        var (slots, parts) = (new KeySlot[count], new byte[count][]);
        for (byte index = 0; index < count; index++)
        {
            parts[index] = RandomNumberGenerator.GetBytes(8);
            parts[index][^1] = 0xFF;
            var posted = await pair.Initiator.Client.PostKeyAsync(
                new() { RaidaId = index, KeyPart = ByteString.CopyFrom(parts[index]) }, cancellationToken: Cancelled);
            slots[index] = new(6, index, default, KeyId.Read(posted.KeyId.Span));
        }

        return (slots, parts);
    }
}
