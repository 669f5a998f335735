using System.Security.Cryptography.X509Certificates;

namespace Rke.Gateway.Tests.Identity;

/// <summary>The real rkectl against a gateway that requires client certificates.</summary>
public sealed class RkectlTests : IAsyncLifetime
{
    private const string Shop = "spiffe://example.org/ns/shop";

    private readonly TestAuthority _authority = new();
    private readonly TlsFolder _folder = new();
    private TestNetwork? _network;
    private RunningGateway? _gateway;

    public async ValueTask InitializeAsync()
    {
        _folder.Write(_authority.SignServer());
        _folder.WriteAuthorities(_authority.Certificate);
        using var client = _authority.SignClient(Shop);
        var key = client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();
        _folder.WriteFile("client.crt", client.ExportCertificatePem());
        _folder.WriteFile("client.key", key);
        _folder.WriteFile("client.pem", $"{client.ExportCertificatePem()}\n{key}\n");
        _network = await TestNetwork.StartAsync(coins: 4);
        _gateway = await RunningGateway.StartAsync(
            new Dictionary<string, string?>(_network.Settings().Concat(_folder.Settings(isMutual: true))));
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway!.DisposeAsync();
        await _network!.DisposeAsync();
        _authority.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("--cert", "client.crt", "--key", "client.key")]
    [InlineData("--cert", "client.pem")]
    public async Task Rkectl_sends_its_certificate_and_exchanges_a_key(params string[] options)
    {
        var (code, output) = await RunAsync(["check", "--raida=5", "--cacert", "ca.crt", .. options]);
        Assert.True(code == 0, output);
        Assert.Contains(_gateway!.Logs.Lines, line =>
            line.Contains($"Caller={Shop} CallerKind=Certificate", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Rkectl_sends_intermediate_certificates()
    {
        using var intermediate = _authority.SignAuthority("Intermediate");
        using var client = intermediate.SignClient(Shop);
        _folder.WriteFile(
            "chain.crt", $"{client.ExportCertificatePem()}\n{intermediate.Certificate.ExportCertificatePem()}\n");
        _folder.WriteFile("chain.key", client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        var (code, output) = await RunAsync("check", "--cacert", "ca.crt", "--cert", "chain.crt", "--key", "chain.key");
        Assert.True(code == 0, output);
    }

    [Fact]
    public async Task Without_a_certificate_rkectl_reports_what_is_missing()
    {
        var (code, output) = await RunAsync("check", "--cacert", "ca.crt");
        Assert.Equal(7, code);
        Assert.Contains("requires a client certificate", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_of_an_unknown_authority_is_not_trusted()
    {
        var (code, output) = await RunAsync("check", "--cert", "client.pem");
        Assert.Equal(7, code);
        Assert.Contains("is not a trusted authority", output, StringComparison.Ordinal);
        Assert.Contains("--cacert", output, StringComparison.Ordinal);

        using var others = new TestAuthority("Others");
        _folder.WriteFile("others.crt", others.Certificate.ExportCertificatePem());
        (code, _) = await RunAsync("check", "--cert", "client.pem", "--cacert", "others.crt");
        Assert.Equal(7, code);
        Assert.DoesNotContain(_gateway!.Logs.Lines, line => line.Contains(Shop, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(3, "is not the private key", "--cert", "client.crt", "--key", "tls.key")]
    [InlineData(3, "is not the private key", "--cert", "client.crt")]
    [InlineData(3, "There is no certificate in", "--cert", "client.key")]
    [InlineData(3, "There is no certificate in", "--cacert", "client.key")]
    [InlineData(2, "There is no file", "--cert", "nothing.crt")]
    [InlineData(2, "--key needs --cert", "--key", "client.key")]
    public async Task Rkectl_reports_unusable_files(int exitCode, string message, params string[] options)
    {
        var (code, output) = await RunAsync(["check", .. options]);
        Assert.Equal(exitCode, code);
        Assert.Contains(message, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rkectl_accepts_certificates_only_with_TLS()
    {
        var (code, output) = await RunAsync("check", "--cert", "client.pem", "--gateway", "http://127.0.0.1:5001");
        Assert.Equal(2, code);
        Assert.Contains("Give an address that begins with https://", output, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        var run = await ToolRun.RunAsync(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "rkectl.dll"), .. arguments],
            environment: new Dictionary<string, string> { ["RKE_GATEWAY"] = $"{_gateway!.Grpc}" },
            folder: Path.GetDirectoryName(_folder.Certificate));
        return (run.ExitCode, run.All);
    }
}
