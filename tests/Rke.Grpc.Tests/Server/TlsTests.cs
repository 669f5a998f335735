using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Rke.Grpc.Tests.Server;

public sealed class TlsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_certificate_names_the_caller()
    {
        using var certificate = Create("client", "client.example");
        await using var server = await StartAsync(certificate);
        AuthContext? seen = null;
        server.Service.OnUnary = (request, context) =>
        {
            seen = context.AuthContext;
            return Task.FromResult(request);
        };
        using var channel = Connect(server, certificate);

        await new Echo.EchoClient(channel).UnaryAsync(new Message(), cancellationToken: Token);

        Assert.True(seen!.IsPeerAuthenticated);
        Assert.Equal("x509_subject_alternative_name", seen.PeerIdentityPropertyName);
        Assert.Equal(["client.example"], seen.PeerIdentity.Select(property => property.Value));
        Assert.Equal(["client"], seen.FindPropertiesByName("x509_common_name").Select(property => property.Value));
    }

    [Fact]
    public async Task Call_credentials_go_with_every_call_of_a_secure_channel()
    {
        using var certificate = Create("server", "localhost");
        await using var server = await StartAsync(certificate);
        string seen = "";
        server.Service.OnUnary = (request, context) =>
        {
            seen = $"{context.RequestHeaders.GetValue("authorization")}; {context.RequestHeaders.GetValue("more")}";
            return Task.FromResult(request);
        };
        var ofChannel = CallCredentials.FromInterceptor((context, metadata) =>
        {
            metadata.Add("authorization", $"{context.MethodName} of {new Uri(context.ServiceUrl).AbsolutePath}");
            return Task.CompletedTask;
        });
        var ofCall = CallCredentials.FromInterceptor((_, metadata) =>
        {
            metadata.Add("more", "yes");
            return Task.CompletedTask;
        });
        using var channel = Connect(
            server, certificate, ChannelCredentials.Create(ChannelCredentials.SecureSsl, ofChannel));

        await new Echo.EchoClient(channel).UnaryAsync(
            new Message(), new CallOptions(credentials: ofCall, cancellationToken: Token));

        Assert.Equal("Unary of /rke.tests.Echo; yes", seen);
    }

    [Fact]
    public async Task Call_credentials_are_not_sent_in_the_clear()
    {
        await using var server = await EchoServer.StartAsync();
        var credentials = CallCredentials.FromInterceptor((_, _) => Task.CompletedTask);

        await Assert.ThrowsAsync<RpcException>(() => server.Client.UnaryAsync(
            new Message(), new CallOptions(credentials: credentials)).ResponseAsync);
    }

    private static Task<EchoServer> StartAsync(X509Certificate2 certificate) => EchoServer.StartAsync(
        listen: options => options.UseHttps(certificate, https =>
        {
            https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            https.AllowAnyClientCertificate();
        }));

    private static GrpcChannel Connect(
        EchoServer server, X509Certificate2 certificate, ChannelCredentials? credentials = null) =>
        GrpcChannel.ForAddress(server.Address, new GrpcChannelOptions
        {
            Credentials = credentials,
            DisposeHttpClient = true,
            HttpHandler = new SocketsHttpHandler
            {
                SslOptions = new SslClientAuthenticationOptions
                {
                    ClientCertificates = [certificate],
                    RemoteCertificateValidationCallback = (_, shown, _, _) =>
                        shown?.GetCertHashString() == certificate.GetCertHashString(),
                },
            },
        });

    private static X509Certificate2 Create(string commonName, string dnsName)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={commonName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(dnsName);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
    }
}
