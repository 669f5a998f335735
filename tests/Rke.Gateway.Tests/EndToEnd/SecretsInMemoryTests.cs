using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Rke.Gateway.Tests.Identity;
using Rke.Raida.Coins;
using Rke.Raida.Serving;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Tests.EndToEnd;

/// <summary>After calls end, the memory of the gateway has no key part and no session key (docs/SECURITY.md, Secrets).</summary>
public sealed class SecretsInMemoryTests(ITestOutputHelper output)
{
    private const int Rounds = 60;
    private const int Workers = 6;
    private const int CoinCount = 200;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task After_calls_end_no_session_key_and_no_key_part_is_in_memory(bool isTls, bool isShared)
    {
        await using var redis = isShared ? await RedisServerProcess.StartAsync() : null;
        using var folder = new TlsFolder();
        using var authority = new TestAuthority("secrets");
        folder.Write(authority.SignServer());
        folder.WriteFile("sealing", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
        var (initiatorCoins, receiverCoins) = (MakeCoins(1000), MakeCoins(2000));
        var known = new NetworkCoins();
        foreach (var coin in initiatorCoins.Concat(receiverCoins))
        {
            known.Add(coin);
        }

        await using var servers = await KeyServerHost.StartAsync(new KeyServerOptions(), known);
        await using var initiatorKeys = TestNetwork.WithoutServers(initiatorCoins);
        await using var receiverKeys = TestNetwork.WithoutServers(receiverCoins);
        string[] common =
        [
            .. isTls ? folder.Settings(isMutual: false).Where(setting => setting.Value is not null)
                .Select(setting => $"--{setting.Key}={setting.Value}") : [],
            .. redis is null ? (string[])[] : [$"--Rke:Redis:Endpoints={redis.Endpoint}", "--Rke:Redis:Timeout=00:00:05"],
        ];
        await using var receiver = await StartAsync(
            servers,
            receiverKeys,
            [
                .. common,
                "--Rke:Signal:Listen=127.0.0.1:0",
                "--Rke:Signal:SourceBurst=10000",
                .. isShared ? (string[])[$"--Rke:Sessions:SealingKey={folder.PathOf("sealing")}"] : [],
            ]);
        var listener = IPEndPoint.Parse(await receiver.SignalListenerAsync());
        await using var initiator = await StartAsync(servers, initiatorKeys, [.. common, "--Rke:Targets:Allow=127.0.0.1"]);
        using var initiatorClient = new TlsClient(initiator.Grpc, authority);
        using var receiverClient = new TlsClient(receiver.Grpc, authority);
        var (initiatorChannel, receiverChannel) = (initiatorClient.Channel, receiverClient.Channel);

        var secrets = new ConcurrentBag<(string Name, byte[] Bytes)>();
        await Parallel.ForAsync(
            0, Rounds, new ParallelOptions { MaxDegreeOfParallelism = Workers, CancellationToken = Cancelled }, async (round, _) =>
            {
                foreach (var secret in await MakeSessionAsync(initiatorChannel, receiverChannel, listener, round % 2 == 1))
                {
                    secrets.Add(secret);
                }

                secrets.Add(await PostAndGetAsync(new(initiatorChannel), new(receiverChannel)));
                foreach (var secret in isTls ? [] : await ExchangeAsJsonAsync(initiator.Http, receiver.Http, listener))
                {
                    secrets.Add(secret);
                }

                foreach (var secret in await PostInVainAsync(new(initiatorChannel)))
                {
                    secrets.Add(secret);
                }
            });

        // The buffers of TLS keep the latest requests of a connection (docs/SECURITY.md).
        var exceptRequests = secrets.Where(secret => !isTls || secret.Name.StartsWith("session", StringComparison.Ordinal)).ToList();
        await AssertNoneAsync(initiator, initiatorChannel, exceptRequests);
        await AssertNoneAsync(receiver, receiverChannel, secrets);
    }

    // The garbage collector can move a request before the gateway clears it. Other calls then overwrite the old place.
    private async Task AssertNoneAsync(
        GatewayProcess gateway, GrpcChannel channel, IReadOnlyCollection<(string Name, byte[] Bytes)> secrets)
    {
        IReadOnlyList<FoundSecret> found = [];
        var started = TimeProvider.System.GetTimestamp();
        for (var scans = 1; ; scans++)
        {
            found = ProcessMemory.Find(gateway.Id, secrets);
            output.WriteLine($"Scan {scans} of {gateway.Grpc}: {found.Count} of {secrets.Count} secrets are in memory.");
            if (found.Count == 0 || TimeProvider.System.GetElapsedTime(started) > Bound)
            {
                break;
            }

            for (var calls = 0; calls < 200; calls++)
            {
                await PostInVainAsync(new(channel));
            }
        }

        Assert.All(found, secret => Assert.Fail($"{secret}"));
    }

    // Calls that fail: an unknown key server, an invalid field, a wrong length.
    private static async Task<IEnumerable<(string Name, byte[] Bytes)>> PostInVainAsync(RkeService.RkeServiceClient client)
    {
        var parts = new List<(string, byte[])>();
        foreach (var request in new PostKeyRequest[]
        {
            new() { RaidaId = 99 }, new() { RaidaId = 7, KeyStart = 1000 }, new() { RaidaId = 7, Coin = new() { SerialNumber = 7 } },
        })
        {
            var part = RandomNumberGenerator.GetBytes(32);
            request.KeyPart = ByteString.CopyFrom(part);
            await Assert.ThrowsAsync<RpcException>(() => client.PostKeyAsync(request, cancellationToken: Cancelled).ResponseAsync);
            parts.Add(("a part of a failed call", part));
        }

        return parts;
    }

    private static async Task<IEnumerable<(string Name, byte[] Bytes)>> MakeSessionAsync(
        GrpcChannel initiator, GrpcChannel receiver, IPEndPoint listener, bool isStreamed)
    {
        var client = new RkeSessionService.RkeSessionServiceClient(initiator);
        var request = new InitiateSessionRequest
        {
            Endpoint = new() { Host = $"{listener.Address}", Port = (uint)listener.Port },
            DeriveLabels = { "label" },
        };
        var made = isStreamed
            ? await StreamAsync(client, request)
            : await client.InitiateSessionAsync(request, cancellationToken: Cancelled);
        var claimed = await new RkeSessionService.RkeSessionServiceClient(receiver)
            .ClaimSessionAsync(new() { SessionId = made.SessionId, DeriveLabels = { "label" } }, cancellationToken: Cancelled);
        Assert.Equal(made.Key, claimed.Key);
        Assert.Equal(made.LabelKeys, claimed.LabelKeys);
        var key = made.Key.ToByteArray();

        // Four parts of 8 bytes. The first one is also the start of the key.
        return key.Chunk(8).Select((part, index) => ($"session part {index}", part))
            .Append(("session derived key", made.DerivedKey.ToByteArray()[..16]))
            .Append(("session key of a label", made.LabelKeys[0].Key.ToByteArray()[..16]));
    }

    private static async Task<InitiateSessionResponse> StreamAsync(
        RkeSessionService.RkeSessionServiceClient client, InitiateSessionRequest request)
    {
        using var call = client.InitiateSessionStream(new() { Session = request }, cancellationToken: Cancelled);
        InitiateSessionResponse? result = null;
        while (await call.ResponseStream.MoveNext(Cancelled))
        {
            result = call.ResponseStream.Current.Result ?? result;
        }

        return result!;
    }

    private static async Task<(string Name, byte[] Bytes)> PostAndGetAsync(
        RkeService.RkeServiceClient sender, RkeService.RkeServiceClient receiver)
    {
        var part = RandomNumberGenerator.GetBytes(32);
        var posted = await sender.PostKeyAsync(
            new() { RaidaId = 7, KeyPart = ByteString.CopyFrom(part) }, cancellationToken: Cancelled);
        var got = await receiver.GetKeyAsync(
            new() { RaidaId = 7, KeyIdHash = posted.KeyIdHash }, cancellationToken: Cancelled);
        Assert.Equal(part, got.KeyPart.ToByteArray());
        return ("a posted part", part);
    }

    // The bytes, and their base64 as JSON has it and as a string of .NET has it.
    private static async Task<IEnumerable<(string Name, byte[] Bytes)>> ExchangeAsJsonAsync(Uri sender, Uri receiver, IPEndPoint listener)
    {
        using var client = new HttpClient();
        var part = RandomNumberGenerator.GetBytes(32);
        var posted = await CallAsync(sender, "/v1/keys:post", new { raidaId = 7, keyPart = part });
        var got = await CallAsync(receiver, "/v1/keys:get", new { raidaId = 7, keyIdHash = posted.GetProperty("keyIdHash").GetString() });
        Assert.Equal(part, got.GetProperty("keyPart").GetBytesFromBase64());
        var target = new { endpoint = new { host = $"{listener.Address}", port = listener.Port } };
        var made = await CallAsync(sender, "/v1/sessions", target);
        var claimed = await CallAsync(receiver, "/v1/sessions:claim", new { sessionId = made.GetProperty("sessionId").GetString() });
        Assert.Equal(made.GetProperty("derivedKey").GetString(), claimed.GetProperty("derivedKey").GetString());
        var vain = RandomNumberGenerator.GetBytes(32);
        using var refused = await client.PostAsJsonAsync(new Uri(sender, "/v1/keys:post"), new { raidaId = 99, keyPart = vain }, Cancelled);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        return ((string Name, byte[] Bytes)[])
        [
            .. Forms("a part as JSON", part),
            .. Forms("a part of a failed JSON call", vain),
            .. Forms("session key as JSON", made.GetProperty("key").GetBytesFromBase64()),
            .. Forms("session derived key as JSON", made.GetProperty("derivedKey").GetBytesFromBase64()),
        ];

        async Task<JsonElement> CallAsync(Uri gateway, string path, object body)
        {
            using var response = await client.PostAsJsonAsync(new Uri(gateway, path), body, Cancelled);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            return await response.Content.ReadFromJsonAsync<JsonElement>(Cancelled);
        }

        static IEnumerable<(string Name, byte[] Bytes)> Forms(string name, byte[] secret) =>
        [
            (name, secret[..16]),
            ($"{name}, base64", Convert.ToBase64String(secret).Take(40).Select(value => (byte)value).ToArray()),
            ($"{name}, a string", System.Text.Encoding.Unicode.GetBytes(Convert.ToBase64String(secret)[..40])),
        ];
    }

    private static CoinKeys[] MakeCoins(uint first) =>
        [.. Enumerable.Range(0, CoinCount).Select(index => TestNetwork.MakeCoin(first + (uint)index))];

    private static Task<GatewayProcess> StartAsync(KeyServerHost servers, TestNetwork keys, params string[] more) =>
        GatewayProcess.StartAsync(keys.Settings()
            .Concat(servers.EndPoints.Select(server =>
                new KeyValuePair<string, string?>($"Rke:Networks:0:Servers:{server.Key}", server.Value.ToString())))
            .Select(setting => $"--{setting.Key}={setting.Value}")
            .Append("--Rke:Json:Enabled=true")
            .Concat(more));
}
