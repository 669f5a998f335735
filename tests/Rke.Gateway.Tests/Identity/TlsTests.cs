using Google.Protobuf;
using Grpc.Core;
using Grpc.Health.V1;
using Rke.Gateway.Configuration;
using Rke.Gateway.Tests.Observability;
using HealthClient = Grpc.Health.V1.Health.HealthClient;

namespace Rke.Gateway.Tests.Identity;

public sealed class TlsTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly TlsFolder _folder = new();

    // Handshakes of many connections are slow on a busy machine.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_client_certificate_names_the_caller_in_the_audit()
    {
        _folder.Write(_authority.SignServer());
        _folder.WriteAuthorities(_authority.Certificate);
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await StartAsync(network, isMutual: true);
        using var certificate = _authority.SignClient("spiffe://example.org/ns/shop");
        using var shop = new TlsClient(gateway.Grpc, _authority, certificate);
        var posted = await shop.Client.PostKeyAsync(
            new() { RaidaId = 1, KeyPart = ByteString.CopyFrom(new byte[16]) }, cancellationToken: Cancelled);
        await shop.Client.GetKeyAsync(new() { RaidaId = 1, KeyIdHash = posted.KeyIdHash }, cancellationToken: Cancelled);
        var audit = Assert.Single(gateway.Logs.Lines, line => line.StartsWith("Information 1600 ", StringComparison.Ordinal));
        Assert.Contains("Caller=spiffe://example.org/ns/shop CallerKind=Certificate", audit, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_without_a_certificate_of_the_authority_is_rejected()
    {
        using var others = new TestAuthority("Others");
        _folder.Write(_authority.SignServer());
        _folder.WriteAuthorities(_authority.Certificate);
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await StartAsync(network, isMutual: true);
        using var none = new TlsClient(gateway.Grpc, _authority);
        await AssertRefusedAsync(none);
        using var certificate = others.SignClient("spiffe://example.org/ns/shop");
        using var foreign = new TlsClient(gateway.Grpc, _authority, certificate);
        await AssertRefusedAsync(foreign);

        // A server certificate is not valid for clients.
        using var server = _authority.SignServer();
        using var wrongUse = new TlsClient(gateway.Grpc, _authority, server);
        await AssertRefusedAsync(wrongUse);
    }

    [Fact]
    public async Task The_client_certificate_can_be_optional()
    {
        _folder.Write(_authority.SignServer());
        _folder.WriteAuthorities(_authority.Certificate);
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await StartAsync(network, isMutual: true, ("RequireClientCertificate", "false"));
        using var none = new TlsClient(gateway.Grpc, _authority);
        await new HealthClient(none.Channel).CheckAsync(new(), cancellationToken: Cancelled);
    }

    [Fact]
    public async Task Certificates_are_reloaded_under_load_and_no_call_fails()
    {
        using var first = _authority.SignServer();
        using var second = _authority.SignServer();
        _folder.Write(first);
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await StartAsync(network, isMutual: false, ("/Rke:Grpc:MaxConnectionAge", "00:00:00.100"));
        using var client = new TlsClient(gateway.Grpc, _authority);
        using var enough = new CancellationTokenSource();
        var load = Load(client, enough.Token);
        await Eventually.IsTrueAsync(() => load.IsCompleted || client.Seen.ContainsKey(first.Thumbprint), Patience);

        _folder.Write(second);
        await Eventually.IsTrueAsync(() => load.IsCompleted || client.Seen.ContainsKey(second.Thumbprint), Patience);

        // A certificate with the wrong key is rejected, and the old one stays.
        _folder.WriteFile("tls.crt", first.ExportCertificatePem());
        await Eventually.IsTrueAsync(async () =>
            (await Samples.OfAsync(gateway))["rke_reload_refused{file=\"certificates\"}"].Equals(1), Patience);
        Assert.Contains("warning: The certificate", await gateway.ReadinessAsync(), StringComparison.Ordinal);
        _folder.Write(second);
        await Eventually.IsTrueAsync(async () =>
            (await Samples.OfAsync(gateway))["rke_reload_refused{file=\"certificates\"}"].Equals(0), Patience);
        Assert.Equal(
            new DateTimeOffset(second.NotAfter).ToUnixTimeSeconds(),
            (await Samples.OfAsync(gateway))["rke_certificate_expiry_timestamp_seconds{certificate=\"server\"}"]);
        await enough.CancelAsync();
        await load;
    }

    [Fact]
    public async Task Certificate_authorities_are_reloaded()
    {
        using var others = new TestAuthority("Others");
        _folder.Write(_authority.SignServer());
        _folder.WriteAuthorities(_authority.Certificate);
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await StartAsync(network, isMutual: true);
        using var certificate = others.SignClient("spiffe://example.org/ns/new");
        using (var early = new TlsClient(gateway.Grpc, _authority, certificate))
        {
            await AssertRefusedAsync(early);
        }

        _folder.WriteAuthorities(_authority.Certificate, others.Certificate);
        await Eventually.IsTrueAsync(async () =>
        {
            using var client = new TlsClient(gateway.Grpc, _authority, certificate);
            return await new HealthClient(client.Channel).CheckAsync(new(), cancellationToken: Cancelled).ResponseAsync
                .ContinueWith(call => call.IsCompletedSuccessfully, TaskScheduler.Default);
        });
    }

    [Fact]
    public async Task The_gateway_does_not_start_with_an_unusable_certificate()
    {
        using var expired = _authority.SignServer(endsIn: TimeSpan.FromHours(-1));
        _folder.Write(expired);
        await using var network = await TestNetwork.StartAsync(coins: 1);
        var exception = await Assert.ThrowsAsync<SettingsException>(() => StartAsync(network, isMutual: false));
        Assert.Contains("has expired", Assert.Single(exception.Problems), StringComparison.Ordinal);
    }

    private static Task Load(TlsClient client, CancellationToken enough) => Task.WhenAll(Enumerable.Range(0, 4).Select(
        _ => Task.Run(async () =>
        {
            var health = new HealthClient(client.Channel);
            while (!enough.IsCancellationRequested)
            {
                await health.CheckAsync(new HealthCheckRequest(), cancellationToken: Cancelled);
            }
        })));

    private static async Task AssertRefusedAsync(TlsClient client)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(() =>
            new HealthClient(client.Channel).CheckAsync(new(), cancellationToken: Cancelled).ResponseAsync);
        Assert.True(refused.StatusCode is StatusCode.Unavailable or StatusCode.Internal, $"{refused}");
    }

    private Task<RunningGateway> StartAsync(
        TestNetwork network, bool isMutual, params (string Key, string Value)[] more) =>
        RunningGateway.StartAsync(Settings(network, isMutual, more));

    private Dictionary<string, string?> Settings(
        TestNetwork network, bool isMutual, params (string Key, string Value)[] more)
    {
        var settings = new Dictionary<string, string?>(network.Settings().Concat(_folder.Settings(isMutual)), StringComparer.Ordinal);
        foreach (var (key, value) in more)
        {
            settings[key[0] == '/' ? key[1..] : $"Rke:Grpc:Tls:{key}"] = value;
        }

        return settings;
    }
}
