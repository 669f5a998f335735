using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Rke.Gateway.Tests.Redis;

/// <summary>Certificates of an intermediate authority, where only the root is trusted.</summary>
public sealed class RedisTlsTests : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rke-tls-");

    private string Root => Path.Combine(_folder.FullName, "root.pem");

    private string Chain => Path.Combine(_folder.FullName, "chain.pem");

    private string Key => Path.Combine(_folder.FullName, "key.pem");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_chain_to_the_root_uses_the_intermediates_of_the_server()
    {
        MakeChain(ServerAuthentication, sendsIntermediate: true);
        await using var server = await StartAsync();
        await using var state = await ConnectAsync(server);
        Assert.True(state.Circuit.IsUp);
    }

    [Fact]
    public async Task Without_the_intermediate_the_connection_fails_and_the_log_has_the_reason()
    {
        MakeChain(ServerAuthentication, sendsIntermediate: false);
        await using var server = await StartAsync();
        await using var state = await ConnectAsync(server);
        Assert.False(state.Circuit.IsUp);
        await Eventually.IsTrueAsync(() => state.Log.Lines.Any(line => line.Contains("PartialChain")));
    }

    [Fact]
    public async Task A_client_certificate_of_the_server_is_rejected_and_the_log_has_the_reason()
    {
        MakeChain(ClientAuthentication, sendsIntermediate: true);
        await using var server = await StartAsync();
        await using var state = await ConnectAsync(server);
        Assert.False(state.Circuit.IsUp);
        await Eventually.IsTrueAsync(() => state.Log.Lines.Any(line => line.Contains("NotValidForUsage")));
    }

    [Fact]
    public async Task The_certificate_must_contain_the_name_of_the_endpoint_not_its_address()
    {
        MakeChain(ServerAuthentication, sendsIntermediate: true, name: "localhost");
        await using var server = await StartAsync();
        await using var byName = await RedisState.ConnectAsync(RedisState.Settings(null, server) with
        {
            Endpoints = [new("localhost", (ushort)server.Port)],
            Tls = true,
            CaFile = Root,
        });
        Assert.True(byName.Circuit.IsUp);
        await using var byAddress = await ConnectAsync(server);
        Assert.False(byAddress.Circuit.IsUp);
        await Eventually.IsTrueAsync(() => byAddress.Log.Lines.Any(line => line.Contains("RemoteCertificateNameMismatch")));
    }

    private Task<RedisState> ConnectAsync(RedisServerProcess server) =>
        RedisState.ConnectAsync(RedisState.Settings(null, server) with { Tls = true, CaFile = Root });

    private async Task<RedisServerProcess> StartAsync()
    {
        var server = RedisServerProcess.Prepare(
            SecureAsync,
            arguments:
            [
                "--tls-cert-file", Chain, "--tls-key-file", Key, "--tls-ca-cert-file", Root, "--tls-auth-clients", "no",
            ]);
        await server.StartAgainAsync();
        return server;
    }

    private void MakeChain(string purpose, bool sendsIntermediate, string? name = null)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var root = Authority("CN=root", rootKey).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        using var middleKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var signed = Authority("CN=intermediate", middleKey).Create(
            root, now.AddDays(-1), now.AddDays(1), RandomNumberGenerator.GetBytes(8));
        using var middle = signed.CopyWithPrivateKey(middleKey);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=redis", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (name is null)
        {
            names.AddIpAddress(IPAddress.Loopback);
        }
        else
        {
            names.AddDnsName(name);
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], critical: false));
        using var server = request.Create(middle, now.AddDays(-1), now.AddDays(1), RandomNumberGenerator.GetBytes(8));

        File.WriteAllText(Root, root.ExportCertificatePem());
        File.WriteAllText(
            Chain, $"{server.ExportCertificatePem()}\n{(sendsIntermediate ? signed.ExportCertificatePem() : "")}\n");
        File.WriteAllText(Key, key.ExportPkcs8PrivateKeyPem());
    }

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request;
    }

    // Trust is not checked here, because the test checks the trust of the gateway.
    private static async Task<Stream> SecureAsync(Stream stream)
    {
#pragma warning disable CA5359
        var secured = new SslStream(stream, false, (_, _, _, _) => true);
#pragma warning restore CA5359
        await secured.AuthenticateAsClientAsync("127.0.0.1");
        return secured;
    }
}
