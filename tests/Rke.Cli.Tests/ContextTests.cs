using Google.Protobuf;
using Rke.V1;

namespace Rke.Cli.Tests;

/// <summary>Contexts, and the environment variables of the options that all commands have.</summary>
public sealed class ContextTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_context_has_the_address_and_the_TLS_files_of_a_gateway()
    {
        using var authority = new TestAuthority();
        using var tls = new TlsFolder();
        tls.Write(authority.SignServer());
        tls.WriteAuthorities(authority.Certificate);
        using var client = authority.SignClient("spiffe://example.org/ns/shop");
        tls.WriteFile(
            "client.pem",
            $"{client.ExportCertificatePem()}\n"
                + $"{System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPrivateKey(client)!.ExportPkcs8PrivateKeyPem()}\n");
        await using var secure = await LocalGateway.StartAsync(tls.Settings(isMutual: true));
        await using var plain = await LocalGateway.StartAsync();
        (await RunAsync(
            "config", "set", "secure", "--gateway", secure.Address, "--cacert", tls.Authorities, "--cert", tls.PathOf("client.pem"))).Expect(0);
        (await RunAsync("config", "set", "plain", "--gateway", plain.Address)).Expect(0);

        // The first context is the current one.
        (await RunAsync("check")).Expect(0);
        var list = (await RunAsync("config", "list", "--json")).Expect(0).OutJson;
        Assert.Equal(("secure", 2), (list.Text("current"), list["contexts"]!.AsArray().Count));
        Assert.Matches($@"(?m)^\* secure +{secure.Address} ", (await RunAsync("config", "list")).Expect(0).Out);

        (await RunAsync("check", "--context", "plain")).Expect(0);
        (await RunAsync([("RKE_CONTEXT", "plain")], "check")).Expect(0);
        (await RunAsync("config", "use", "plain")).Expect(0);
        (await RunAsync("check")).Expect(0);
        (await RunAsync("check", "--context", "secure")).Expect(0);

        // An address that is given has the TLS files that are given, and not those of the current context.
        (await RunAsync("config", "use", "secure")).Expect(0);
        (await RunAsync("check", "--gateway", plain.Address)).Expect(0);
        Assert.Contains("not a trusted authority", (await RunAsync([("RKE_GATEWAY", secure.Address)], "check")).Expect(7).Error, StringComparison.Ordinal);
        (await RunAsync(
            [("RKE_GATEWAY", secure.Address), ("RKE_CACERT", tls.Authorities), ("RKE_CERT", tls.PathOf("client.pem"))], "check")).Expect(0);

        (await RunAsync("config", "delete", "secure")).Expect(0);
        var run = await RunAsync("check", "--context", "plainn");
        Assert.Contains("There is no context 'plainn'. Did you mean 'plain'?", run.Expect(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Values_of_a_context_can_change_alone()
    {
        var file = _folder.Write("ca.pem", [1]);
        (await RunAsync("config", "set", "one", "--gateway", "https://gateway.example:5001", "--cacert", file)).Expect(0);
        var context = (await RunAsync("config", "set", "one", "--gateway", "https://other.example:5001", "--json")).Expect(0).OutJson;
        Assert.Equal(("https://other.example:5001", file), (context.Text("gateway"), context.Text("cacert")));
        Assert.Null((await RunAsync("config", "set", "one", "--cacert", "", "--json")).Expect(0).OutJson["cacert"]);
        Assert.Contains("There is no file", (await RunAsync("config", "set", "one", "--cert", "/nonexistent")).Expect(2).Error, StringComparison.Ordinal);
        Assert.Contains("needs --gateway", (await RunAsync("config", "set", "two")).Expect(2).Error, StringComparison.Ordinal);
        Assert.Contains("both", (await RunAsync("check", "--context", "one", "--gateway", "http://x")).Expect(2).Error, StringComparison.Ordinal);
        _folder.Write("config.json", "{"u8.ToArray());
        Assert.Contains("cannot be read", (await RunAsync("config", "list")).Expect(3).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Variables_set_the_deadline_the_metadata_and_the_format_of_the_output()
    {
        await using var server = await GatewayServer.StartAsync();
        var (authorization, deadline) = ("", default(DateTime));
        server.Answer = (_, context) =>
        {
            (authorization, deadline) = (context.RequestHeaders.GetValue("authorization"), context.Deadline);
            return Task.FromResult<IMessage>(new LookupResponse());
        };
        var before = Rke.UdpBridge.TimeOfDay.Now(TimeProvider.System).UtcDateTime;
        var run = await RunAsync(
            [
                ("RKE_GATEWAY", server.Address), ("RKE_DEADLINE", "1m30s"), ("RKE_METADATA", "authorization=Bearer x\nother=1"),
                ("RKE_JSON", "1"),
            ],
            "lookup",
            "example.com");
        Assert.NotNull(run.Expect(0).OutJson);
        Assert.Equal("Bearer x", authorization);
        Assert.InRange(deadline - before, TimeSpan.FromSeconds(89), TimeSpan.FromSeconds(120));
        run = await RunAsync([("RKE_GATEWAY", server.Address), ("RKE_DEADLINE", "soon")], "lookup", "example.com");
        Assert.Contains("RKE_DEADLINE must be a time", run.Expect(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_of_contexts_are_completed()
    {
        (await RunAsync("config", "set", "production", "--gateway", "https://gateway.example:5001")).Expect(0);
        const string Line = "rkectl config use prod";
        Assert.Equal("production", (await RunAsync($"[suggest:{Line.Length}]", Line)).Expect(0).Out.Trim());
        Assert.Contains("https://gateway.example:5001", await File.ReadAllTextAsync(_folder["config.json"], Cancelled), StringComparison.Ordinal);
    }

    private Task<RkectlRun> RunAsync(params string[] arguments) => RunAsync([], arguments);

    private Task<RkectlRun> RunAsync((string Name, string Value)[] environment, params string[] arguments) =>
        Rkectl.RunAsync("", [("RKE_CONFIG", _folder["config.json"]), .. environment], arguments);
}
