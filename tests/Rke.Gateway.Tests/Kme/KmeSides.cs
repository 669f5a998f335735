using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Rke.Gateway.Tests.Sessions;

namespace Rke.Gateway.Tests.Kme;

/// <summary>
/// Two gateways as two KMEs: kme-a of sae-a, and kme-b of sae-b. Each has its own Redis. curl calls them with the certificates of the SAEs.
/// </summary>
internal sealed class KmeSides : IAsyncDisposable
{
    public const int Stock = 48;

    private readonly TestAuthority _authority = new();
    private readonly TestAuthority _others = new("Others");
    private readonly TlsFolder _folder = new();
    private readonly List<RedisServerProcess> _servers = [];

    public SessionPair Gateways { get; private set; } = null!;

    /// <summary>The KME of the master.</summary>
    public RunningGateway A => Gateways.Initiator;

    /// <summary>The KME of the slave.</summary>
    public RunningGateway B => Gateways.Receiver;

    public IReadOnlyList<RedisServerProcess> Redis => _servers;

    public TlsFolder Folder => _folder;

    /// <param name="settings">More settings of both gateways.</param>
    /// <param name="isShared">false keeps the keys in the processes.</param>
    public static async Task<KmeSides> StartAsync(IReadOnlyDictionary<string, string?>? settings = null, bool isShared = true)
    {
        var sides = new KmeSides();
        sides.WriteFiles();
        var port = FreePort.Next();
        var (a, b) = (sides.Settings("kme-a", settings), sides.Settings("kme-b", settings));
        if (isShared)
        {
            foreach (var side in new[] { a, b })
            {
                var server = await RedisServerProcess.StartAsync();
                sides._servers.Add(server);
                side["Rke:Redis:Endpoints"] = server.Endpoint;
                side["Rke:Redis:Timeout"] = "00:00:10";
            }
        }

        a["Rke:Kme:Pairs:0:Receiver"] = $"127.0.0.1:{port}";
        a["Rke:Kme:Pairs:0:Coins"] = "1000-1009";
        a["Rke:Kme:Pairs:0:Kme"] = "kme-b";
        b["Rke:Signal:Listen"] = $"127.0.0.1:{port}";
        b["Rke:Peers:0:Name"] = "kme-a";
        b["Rke:Peers:0:Coins"] = "1000-1009";
        b["Rke:Kme:Pairs:0:Peer"] = "kme-a";
        sides.Gateways = await SessionPair.StartAsync(initiator: a, receiver: b);
        return sides;
    }

    /// <summary>Waits until the stock of the master has no room for the keys of one more session.</summary>
    public Task FillAsync() => Eventually.IsTrueAsync(async () => await CountAsync() > Stock - 16);

    /// <summary>The number of keys for the master.</summary>
    public async Task<int> CountAsync() =>
        (await CallAsync("sae-a", A, "sae-b/status")).Json.GetProperty("stored_key_count").GetInt32();

    /// <summary>Calls a KME with curl.</summary>
    /// <param name="sae">The name of the certificate.</param>
    /// <param name="path">The path below /api/v1/keys.</param>
    /// <param name="body">Null for GET.</param>
    public async Task<KmeResponse> CallAsync(string sae, RunningGateway kme, string path, string? body = null) =>
        KmeResponse.Of(await CurlAsync(sae, [
            .. body is null ? (string[])[] : ["--header", "Content-Type: application/json", "--data-binary", "@-"],
            $"{kme.Kme}api/v1/keys/{path}",
        ], body));

    /// <summary>Runs curl with the certificate of a SAE. The last line of the output is the status.</summary>
    public Task<ToolRun> CurlAsync(string? sae, IEnumerable<string> arguments, string? input = null) => ToolRun.RunAsync(
        "curl",
        [
            "--silent", "--show-error", "--max-time", "30", "--cacert", _folder.Authorities, "--write-out", "\n%{http_code}",
            .. sae is null ? (string[])[] : ["--cert", _folder.PathOf($"{sae}.crt"), "--key", _folder.PathOf($"{sae}.key")],
            .. arguments,
        ],
        input);

    public async ValueTask DisposeAsync()
    {
        if (Gateways is not null)
        {
            await Gateways.DisposeAsync();
        }

        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        _authority.Dispose();
        _others.Dispose();
        _folder.Dispose();
    }

    private Dictionary<string, string?> Settings(string kme, IReadOnlyDictionary<string, string?>? more)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Rke:Sessions:SealingKey"] = _folder.PathOf("sealing"),
            ["Rke:Kme:Url"] = "https://127.0.0.1:0",
            ["Rke:Kme:Id"] = kme,
            ["Rke:Kme:Stock"] = $"{Stock}",
            ["Rke:Kme:MaxKeysPerRequest"] = "20",
            ["Rke:Kme:Tls:Certificate"] = _folder.Certificate,
            ["Rke:Kme:Tls:Key"] = _folder.Key,
            ["Rke:Kme:Tls:ClientAuthorities"] = _folder.Authorities,
            ["Rke:Kme:Pairs:0:Master"] = "sae-a",
            ["Rke:Kme:Pairs:0:Slave"] = "sae-b",
            ["Rke:Reload:Interval"] = "00:00:00.020",
        };
        foreach (var (index, sae) in new[] { "sae-a", "sae-b", "sae-c" }.Index())
        {
            settings[$"Rke:Kme:Saes:{index}:Id"] = sae;
            settings[$"Rke:Kme:Saes:{index}:Identity"] = $"spiffe://example.org/{sae}";
        }

        foreach (var (key, value) in more ?? new Dictionary<string, string?>())
        {
            settings[key] = value;
        }

        return settings;
    }

    private void WriteFiles()
    {
        _folder.WriteFile("sealing", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
        using var server = _authority.SignServer();
        _folder.Write(server);
        _folder.WriteAuthorities(_authority.Certificate);
        foreach (var sae in new[] { "sae-a", "sae-b", "sae-c", "stranger" })
        {
            Write(sae, _authority.SignClient($"spiffe://example.org/{sae}"));
        }

        Write("foreign", _others.SignClient("spiffe://example.org/sae-a"));
    }

    private void Write(string name, X509Certificate2 certificate)
    {
        using (certificate)
        {
            _folder.WriteFile($"{name}.key", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
            _folder.WriteFile($"{name}.crt", certificate.ExportCertificatePem());
        }
    }
}

/// <summary>A response of a KME.</summary>
internal sealed record KmeResponse(HttpStatusCode Status, JsonElement Json)
{
    public string Message => Json.GetProperty("message").GetString()!;

    /// <summary>The keys of a Key container, by id.</summary>
    public IReadOnlyList<(string Id, byte[] Key)> Keys =>
    [
        .. Json.GetProperty("keys").EnumerateArray().Select(key =>
            (key.GetProperty("key_ID").GetString()!, key.GetProperty("key").GetBytesFromBase64())),
    ];

    public static KmeResponse Of(ToolRun run)
    {
        Assert.True(run.ExitCode == 0, run.All);
        var end = run.Output.LastIndexOf('\n');
        return new((HttpStatusCode)int.Parse(run.Output[(end + 1)..]), JsonDocument.Parse(run.Output[..end]).RootElement);
    }

    /// <summary>The names of the properties, in order.</summary>
    public static IEnumerable<string> NamesOf(JsonElement element) => element.EnumerateObject().Select(property => property.Name);
}
