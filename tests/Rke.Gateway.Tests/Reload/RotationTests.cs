using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Rke.Gateway.Tests.Identity;
using Rke.V1;

namespace Rke.Gateway.Tests.Reload;

/// <summary>Reload of certificates, keys and the policy under load. No call fails.</summary>
public sealed class RotationTests : IDisposable
{
    private const int Turns = 4;
    private const int Callers = 6;
    private const int CoinsATurn = 16;
    private const int ExchangesAConnection = 8;
    private const uint FirstCoin = 1000;
    private const string Shop = "spiffe://example.org/ns/shop";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly TestAuthority _authority = new();
    private readonly TlsFolder _folder = new();
    private readonly ConcurrentDictionary<string, bool> _seen = new(StringComparer.Ordinal);
    private uint _oldest = FirstCoin;
    private uint _newest;
    private int _exchanges;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Certificate_policy_and_keys_are_reloaded_under_load_and_no_call_fails()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var network = await TestNetwork.StartAsync(coins: CoinsATurn * (Turns + 1));
        using var first = _authority.SignServer();
        _folder.Write(first);
        _folder.WriteAuthorities(_authority.Certificate);
        WritePolicy(0);
        network.WriteKeyFile("coins.bin", CoinsOf(network, 0));
        await using var gateway = await RunningGateway.StartAsync(Settings(network, redis));
        using var certificate = _authority.SignClient(Shop);
        using var enough = new CancellationTokenSource();
        var load = Task.WhenAll(Enumerable.Range(0, Callers)
            .Select(_ => Task.Run(() => ExchangeAsync(gateway.Grpc, certificate, enough.Token))));
        for (var turn = 1; turn <= Turns; turn++)
        {
            using var next = _authority.SignServer();
            using var turnCertificate = _authority.SignClient(CallerOf(turn));
            using var caller = new TlsClient(gateway.Grpc, _authority, turnCertificate);
            Assert.Equal("NOT_PERMITTED", await AskAsync(caller, FirstOf(turn)));

            // The new keys are added before the old ones are removed.
            network.WriteKeyFile($"coins{turn}.bin", CoinsOf(network, turn));
            _folder.Write(next);
            WritePolicy(turn);
            await UntilAsync(() => Volatile.Read(ref _newest) >= FirstOf(turn));
            File.Delete(Path.Combine(network.KeyFolder, turn == 1 ? "coins.bin" : $"coins{turn - 1}.bin"));
            await UntilAsync(() => _seen.ContainsKey(next.Thumbprint));
            await UntilAnsweredAsync(caller, FirstOf(turn), "KEY_NOT_FOUND");
            await UntilAnsweredAsync(caller, FirstOf(turn - 1), "COIN_UNKNOWN");

            // From now on, no post may use an old coin.
            Volatile.Write(ref _oldest, FirstOf(turn));
            var done = Volatile.Read(ref _exchanges);
            await UntilAsync(() => Volatile.Read(ref _exchanges) >= done + (2 * Callers));
        }

        await enough.CancelAsync();
        await load;

        Task UntilAsync(Func<bool> condition) =>
            Eventually.IsTrueAsync(() => load.IsCompleted || condition(), Patience);

        Task UntilAnsweredAsync(TlsClient caller, uint coin, string reason) => Eventually.IsTrueAsync(
            async () => load.IsCompleted || await AskAsync(caller, coin) == reason, Patience);
    }

    private static uint FirstOf(int turn) => FirstCoin + (uint)(turn * CoinsATurn);

    private static string CallerOf(int turn) => $"spiffe://example.org/turn/{turn}";

    private static Wire.CoinKeys[] CoinsOf(TestNetwork network, int turn) =>
        [.. network.Coins.Skip(turn * CoinsATurn).Take(CoinsATurn)];

    // The responses show which certificate, policy and keys are in use.
    private static async Task<string> AskAsync(TlsClient client, uint serialNumber) => (await Details.OfAsync(
        client.Client.GetKeyAsync(
            new()
            {
                RaidaId = 2,
                KeyIdHash = ByteString.CopyFrom(new byte[16]),
                Coin = new() { SerialNumber = serialNumber },
            },
            cancellationToken: Cancelled))).Reason;

    // Uses new connections from time to time, because an open connection keeps its certificate.
    private async Task ExchangeAsync(Uri gateway, X509Certificate2 certificate, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            using var client = new TlsClient(gateway, _authority, certificate);
            for (var exchange = 0; exchange < ExchangesAConnection && !enough.IsCancellationRequested; exchange++)
            {
                await ExchangeAsync(client);
            }

            foreach (var thumbprint in client.Seen.Keys)
            {
                _seen.TryAdd(thumbprint, true);
            }
        }
    }

    private async Task ExchangeAsync(TlsClient client)
    {
        var oldest = Volatile.Read(ref _oldest);
        var part = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16));
        var post = new PostKeyRequest { RaidaId = 1, KeyPart = part };
        var posted = await client.Client.PostKeyAsync(post, cancellationToken: Cancelled);
        Assert.InRange(posted.Coin.SerialNumber, oldest, uint.MaxValue);
        var got = await client.Client.GetKeyAsync(
            new() { RaidaId = post.RaidaId, KeyIdHash = posted.KeyIdHash }, cancellationToken: Cancelled);
        Assert.Equal(part, got.KeyPart);
        Volatile.Write(ref _newest, posted.Coin.SerialNumber);
        Interlocked.Increment(ref _exchanges);
    }

    private void WritePolicy(int turn) => _folder.WriteFile("policy.json", $$"""
        { "rules": [ { "callers": ["{{Shop}}", "{{CallerOf(turn)}}"], "methods": ["*"] } ] }
        """);

    private Dictionary<string, string?> Settings(TestNetwork network, RedisServerProcess redis) => new(
        network.Settings().Concat(_folder.Settings(isMutual: true)), StringComparer.Ordinal)
    {
        ["Rke:Policy:Path"] = _folder.PathOf("policy.json"),
        ["Rke:Redis:Endpoints"] = redis.Endpoint,

        // A busy test machine must not count as a slow Redis.
        ["Rke:Redis:Timeout"] = "00:00:05",
        ["Rke:Grpc:DefaultDeadline"] = "00:00:30",
    };
}
