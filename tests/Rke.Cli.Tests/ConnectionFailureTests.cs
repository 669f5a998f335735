using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Rke.V1;

namespace Rke.Cli.Tests;

/// <summary>The error message and the advice when a server cannot be called, or is not a gateway.</summary>
public sealed class ConnectionFailureTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly TemporaryFolder _folder = new();
    private readonly string _authorities;

    public ConnectionFailureTests()
    {
        _authorities = _folder["ca.crt"];
        File.WriteAllText(_authorities, _authority.Certificate.ExportCertificatePem());
    }

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task No_program_listens_on_the_port()
    {
        // The socket is bound but does not listen, so no other program can use the port.
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await ExpectAsync($"http://{socket.LocalEndPoint}", "{address} refuses the connection.", "Is a gateway running at");
    }

    [Fact]
    public Task The_host_name_does_not_exist() =>
        ExpectAsync("http://gateway.invalid:5001", "The host name 'gateway.invalid' is not found.", "Check the name");

    [Fact]
    public async Task The_server_has_no_tls()
    {
        await using var server = await GatewayServer.StartAsync();
        await ExpectAsync(
            server.Address.Replace("http:", "https:"), "The server at {address} does not respond with TLS.", "http://");
    }

    [Fact]
    public async Task The_server_has_only_tls()
    {
        await using var server = await StartTlsAsync();
        await ExpectAsync(
            server.Address.Replace("https:", "http:"), "The server at {address} does not respond with HTTP/2.", "https://");
    }

    [Fact]
    public async Task The_authority_of_the_certificate_is_unknown()
    {
        await using var server = await StartTlsAsync();
        await ExpectAsync(
            server.Address,
            "The certificate of the server at {address} is not trusted: its issuer 'CN=Test authority' is not a trusted authority.",
            "--cacert");
        using var others = new TestAuthority("Others");
        var file = _folder.Write("others.crt", Encoding.ASCII.GetBytes(others.Certificate.ExportCertificatePem()));
        await ExpectAsync(server.Address, "is not a trusted authority", "--cacert", "--cacert", file);
    }

    [Fact]
    public async Task The_certificate_is_for_another_host()
    {
        await using var server = await StartTlsAsync();
        await ExpectAsync(
            server.Address.Replace("127.0.0.1", "localhost"),
            "it is not for 'localhost' but for 127.0.0.1.",
            "--gateway",
            "--cacert",
            _authorities);
    }

    [Fact]
    public async Task The_certificate_has_expired()
    {
        await using var server = await StartTlsAsync(endsIn: TimeSpan.FromHours(-1));
        await ExpectAsync(server.Address, "is not valid now", "--cacert", "--cacert", _authorities);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task The_server_requires_a_client_certificate(SslProtocols protocol)
    {
        await using var server = await StartTlsAsync(https =>
        {
            https.SslProtocols = protocol;
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
        });
        await ExpectAsync(
            server.Address, "The server at {address} requires a client certificate.", "Give one with --cert and --key.", "--cacert", _authorities);

        using var client = new TestAuthority("Others").SignClient("spiffe://example.org/other");
        var file = _folder.Write(
            "client.pem",
            Encoding.ASCII.GetBytes(
                $"{client.ExportCertificatePem()}\n{client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()}\n"));
        await ExpectAsync(
            server.Address,
            "The server at {address} closed the connection after the TLS handshake, before it responded.",
            "The server may not accept the certificate of --cert.",
            "--cacert",
            _authorities,
            "--cert",
            file);
    }

    [Fact]
    public async Task The_server_speaks_only_http_1()
    {
        await using var server = await GatewayServer.StartAsync(listen => listen.Protocols = HttpProtocols.Http1);
        await ExpectAsync(server.Address, "The server at {address} responds with HTTP/1.1, and gRPC needs HTTP/2.", "gRPC port");
        await using var secure = await StartTlsAsync(protocols: HttpProtocols.Http1);
        await ExpectAsync(secure.Address, "The server at {address} does not respond with HTTP/2.", "gRPC port", "--cacert", _authorities);
    }

    [Fact]
    public async Task The_port_is_the_HTTP_port_of_a_gateway()
    {
        await using var gateway = await GatewayProcess.StartAsync();
        var address = await gateway.HttpAsync();
        await ExpectAsync(
            $"{address}", "{address} is the HTTP port of the gateway, and not its gRPC port.", "Give the port of Rke:Grpc:Url, 5001 by default.");
    }

    [Fact]
    public async Task The_server_is_another_http_2_server()
    {
        await using var server = await OtherServer.StartAsync();
        var run = await Rkectl.RunAsync("lookup", "example.com", "--gateway", server.Urls.Single());
        Assert.Contains("is not an RKE gateway", run.Expect(1).Error);
    }

    [Fact]
    public async Task The_server_closes_each_connection()
    {
        await using var server = new ClosingServer();
        await ExpectAsync($"http://{server.Address}", "The server at {address} does not respond with HTTP/2.", "gRPC port");
        await ExpectAsync(
            $"https://{server.Address}",
            "The server at {address} closed the connection during the TLS handshake.",
            "The server may require a client certificate: --cert, --key.");
    }

    [Fact]
    public async Task The_connection_breaks_during_a_call()
    {
        await using var server = await GatewayServer.StartAsync();
        var hasOutput = new TaskCompletionSource();
        server.Stream = (_, context) => AbortAsync(context, hasOutput.Task);
        using var process = await Rkectl.StartAsync("session", "watch", "--gateway", server.Address);
        Assert.Contains("cursor c1", await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        hasOutput.SetResult();
        Assert.Equal(
            $"rkectl: The connection to {server.Address} broke.\n  Continue with --cursor c1.\n",
            await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(7, process.ExitCode);
    }

    private static async IAsyncEnumerable<IMessage> AbortAsync(ServerCallContext context, Task hasOutput)
    {
        yield return new WatchSessionsResponse { Gap = true, Cursor = "c1" };
        await hasOutput;
        context.GetHttpContext().Features.Get<IConnectionLifetimeFeature>()!.Abort();
    }

    private Task<GatewayServer> StartTlsAsync(
        Action<HttpsConnectionAdapterOptions>? configure = null,
        HttpProtocols protocols = HttpProtocols.Http2,
        TimeSpan? endsIn = null) => GatewayServer.StartAsync(listen =>
    {
        listen.Protocols = protocols;
        listen.UseHttps(https =>
        {
            https.ServerCertificate = _authority.SignServer(endsIn);
            configure?.Invoke(https);
        });
    });

    private static async Task ExpectAsync(string address, string message, string advice, params string[] options)
    {
        string[] command = ["lookup", "example.com", "--gateway", address, .. options];
        var run = await Rkectl.RunAsync(command);
        var lines = run.Expect(7).Error.Split('\n');
        Assert.Contains(message.Replace("{address}", address), lines[0]);
        Assert.Contains(advice, lines[1]);
        Assert.Equal([""], lines[2..]);
        Assert.DoesNotMatch(@"\w(Exception|Error\b)|System\.|Interop|net_http", run.Error);

        run = await Rkectl.RunAsync([.. command, "--json"]);
        Assert.Equal("UNAVAILABLE", run.Expect(7).ErrorJson.Text("code"));
        Assert.Contains(message.Replace("{address}", address), run.ErrorJson.Text("message"));
    }
}
