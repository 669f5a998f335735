using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Serialization;

namespace Rke.Sessions.Tests;

/// <summary>Two KMEs with two replicas each, as processes. The replicas of a KME share a Redis. One process has the key servers.</summary>
internal sealed class KmeReplicas : IAsyncDisposable
{
    private const string FirstCoin = "1000";
    private const string LastCoin = "1039";

    private readonly List<IAsyncDisposable> _owned = [];
    private readonly TestAuthority _authority = new();
    private readonly TlsFolder _folder = new();
    private readonly Dictionary<string, X509Certificate2> _certificates = [];

    /// <summary>The replicas of the KME of sae-a, the master.</summary>
    public KmeReplica[] Masters { get; private set; } = [];

    /// <summary>The replicas of the KME of sae-b, the slave.</summary>
    public KmeReplica[] Slaves { get; private set; } = [];

    public static async Task<KmeReplicas> StartAsync()
    {
        var replicas = new KmeReplicas();
        replicas._folder.WriteFile("sealing", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
        using var server = replicas._authority.SignServer();
        replicas._folder.Write(server);
        replicas._folder.WriteAuthorities(replicas._authority.Certificate);
        var (masterKeys, slaveKeys) = (replicas.MakeKeys(1000), replicas.MakeKeys(2000));
        var servers = await replicas.StartKeyServersAsync(masterKeys, slaveKeys);
        var signal = FreePort.Next();

        // Signals go to the first replica of the slave's KME, which does not restart. In Kubernetes, a Service selects a replica.
        var slave = await replicas.SettingsAsync("kme-b", slaveKeys, servers, new()
        {
            ["Rke:Peers:0:Name"] = "kme-a",
            ["Rke:Peers:0:Coins"] = $"{FirstCoin}-{LastCoin}",
            ["Rke:Kme:Pairs:0:Peer"] = "kme-a",
            ["Rke:Signal:SourceRate"] = "100000",
            ["Rke:Signal:SourceBurst"] = "100000",
        });
        replicas.Slaves =
        [
            await replicas.StartAsync("sae-b", new(slave) { ["Rke:Signal:Listen"] = $"127.0.0.1:{signal}" }),
            await replicas.StartAsync("sae-b", new(slave) { ["Rke:Signal:Listen"] = "127.0.0.1:0" }),
        ];
        var master = await replicas.SettingsAsync("kme-a", masterKeys, servers, new()
        {
            ["Rke:Targets:Allow"] = "127.0.0.1",
            ["Rke:Kme:Pairs:0:Receiver"] = $"127.0.0.1:{signal}",
            ["Rke:Kme:Pairs:0:Coins"] = $"{FirstCoin}-{LastCoin}",
        });
        replicas.Masters = [await replicas.StartAsync("sae-a", new(master)), await replicas.StartAsync("sae-a", new(master))];
        return replicas;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in Masters.Concat(Slaves))
        {
            await replica.DisposeAsync();
        }

        foreach (var owned in Enumerable.Reverse(_owned))
        {
            await owned.DisposeAsync();
        }

        foreach (var certificate in _certificates.Values)
        {
            certificate.Dispose();
        }

        _authority.Dispose();
        _folder.Dispose();
    }

    private async Task<KmeReplica> StartAsync(string sae, Dictionary<string, string?> settings)
    {
        if (!_certificates.TryGetValue(sae, out var certificate))
        {
            _certificates[sae] = certificate = _authority.SignClient($"spiffe://example.org/{sae}");
        }

        var replica = new KmeReplica(settings, certificate, _authority.Certificate);
        await replica.StartAsync();
        return replica;
    }

    private async Task<Dictionary<string, string?>> SettingsAsync(
        string kme, TestNetwork keys, Dictionary<string, string?> servers, Dictionary<string, string?> more)
    {
        var redis = await RedisServerProcess.StartAsync();
        _owned.Add(redis);
        var settings = new Dictionary<string, string?>(more)
        {
            ["Rke:Redis:Endpoints"] = redis.Endpoint,
            ["Rke:Redis:Timeout"] = "00:00:10",
            ["Rke:Sessions:SealingKey"] = _folder.PathOf("sealing"),
            ["Rke:Kme:Url"] = "https://127.0.0.1:0",
            ["Rke:Kme:Id"] = kme,
            ["Rke:Kme:Stock"] = "160",
            ["Rke:Kme:Tls:Certificate"] = _folder.Certificate,
            ["Rke:Kme:Tls:Key"] = _folder.Key,
            ["Rke:Kme:Tls:ClientAuthorities"] = _folder.Authorities,
            ["Rke:Kme:Saes:0:Id"] = "sae-a",
            ["Rke:Kme:Saes:0:Identity"] = "spiffe://example.org/sae-a",
            ["Rke:Kme:Saes:1:Id"] = "sae-b",
            ["Rke:Kme:Saes:1:Identity"] = "spiffe://example.org/sae-b",
            ["Rke:Kme:Pairs:0:Master"] = "sae-a",
            ["Rke:Kme:Pairs:0:Slave"] = "sae-b",
        };
        foreach (var (key, value) in keys.Settings().Concat(servers))
        {
            settings[key] = value;
        }

        return settings;
    }

    private TestNetwork MakeKeys(uint first)
    {
        var keys = TestNetwork.WithoutServers([.. Enumerable.Range(0, 60).Select(number => TestNetwork.MakeCoin(first + (uint)number))]);
        _owned.Add(keys);
        return keys;
    }

    private async Task<Dictionary<string, string?>> StartKeyServersAsync(params TestNetwork[] keys)
    {
        var process = ServerProcess.OfRepository(
            "Rke.Raida",
            ["--listen", "127.0.0.1:0", "--raida", "0-24", .. keys.SelectMany(side => (string[])["--coins", side.KeyFolder])]);
        _owned.Add(process);
        var listening = await process.WaitForAsync(@"Key server (?<number>\d+) .* listens on (?<address>[\d.:]+\d) ", 25);
        return listening.ToDictionary(
            match => $"Rke:Networks:0:Servers:{match.Groups["number"].Value}", match => (string?)match.Groups["address"].Value);
    }
}

/// <summary>One replica of a KME, and the client of its SAE.</summary>
internal sealed class KmeReplica(Dictionary<string, string?> settings, X509Certificate2 certificate, X509Certificate2 authority)
    : IAsyncDisposable
{
    private GatewayProcess? _process;
    private volatile HttpClient? _client;

    public async Task StartAsync()
    {
        _process = await GatewayProcess.StartAsync(settings.Select(setting => $"--{setting.Key}={setting.Value}"));
        _client = ClientOf(await _process.KmeAsync());
    }

    /// <summary>Ends the replica with SIGTERM, and starts it again with the same settings.</summary>
    public async Task RestartAsync()
    {
        _client = null;
        _process!.Terminate();
        Assert.Equal(0, await _process.WaitAsync());
        await _process.DisposeAsync();
        await StartAsync();
    }

    /// <summary>Takes keys with enc_keys. Null if the replica does not run, or has too few keys.</summary>
    public Task<IReadOnlyList<KmeKey>?> EncryptAsync(int number) =>
        SendAsync(client => client.GetAsync(new Uri($"sae-b/enc_keys?number={number}", UriKind.Relative)));

    /// <summary>Takes keys with dec_keys. Null if the replica does not run, or does not have one of the keys.</summary>
    public Task<IReadOnlyList<KmeKey>?> DecryptAsync(IEnumerable<KmeKey> keys) => SendAsync(client => client.PostAsJsonAsync(
        new Uri("sae-a/dec_keys", UriKind.Relative), new { key_IDs = keys.Select(key => new { key_ID = key.Id }) }));

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }

    private async Task<IReadOnlyList<KmeKey>?> SendAsync(Func<HttpClient, Task<HttpResponseMessage>> send)
    {
        if (_client is not { } client)
        {
            return null;
        }

        using var response = await TrySendAsync(client, send);
        if (response is null)
        {
            return null;
        }

        return response.StatusCode == HttpStatusCode.OK ? (await response.Content.ReadFromJsonAsync<KmeContainer>())!.Keys : null;
    }

    // A request that found no listener has no effect. Every other failure fails the test.
    private static async Task<HttpResponseMessage?> TrySendAsync(HttpClient client, Func<HttpClient, Task<HttpResponseMessage>> send)
    {
        try
        {
            return await send(client);
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.ConnectionError)
        {
            return null;
        }
    }

    private HttpClient ClientOf(Uri address)
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.ClientCertificates = [certificate];
        handler.SslOptions.CertificateChainPolicy = new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { authority },
            RevocationMode = X509RevocationMode.NoCheck,
        };
        return new(handler) { BaseAddress = new(address, "/api/v1/keys/") };
    }
}

/// <summary>A Key container of the standard.</summary>
internal sealed record KmeContainer([property: JsonPropertyName("keys")] IReadOnlyList<KmeKey> Keys);

/// <summary>A key in a container.</summary>
internal sealed record KmeKey([property: JsonPropertyName("key_ID")] string Id, [property: JsonPropertyName("key")] string Key);
