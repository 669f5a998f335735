using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Rke.Wire;

namespace Rke.Raida.Tests.CommandLine;

/// <summary>Tests of the program: it creates coins, serves names and keys, and stops on a signal.</summary>
public sealed class ProcessTests : IDisposable
{
    private const string Listening = @"listens on (?<address>\S+)";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rke-raida-");

    [Fact]
    public async Task The_program_serves_until_it_receives_a_stop_signal()
    {
        var zone = Path.Combine(_folder.FullName, "zone");
        var coins = Path.Combine(_folder.FullName, "coins");
        File.WriteAllText(zone, "example A 192.0.2.1\n");
        await using var process = Start(
            "--listen", "127.0.0.1:0", "--raida", "14,15", "--coins", coins, "--make-coins", "2",
            "--zone", zone, "--post-limit", "1");
        var listening = await process.WaitForAsync(Listening, count: 2);
        Assert.All(process.Lines.Where(line => line.Contains("listens on")), line => Assert.Contains("2 coins", line));
        var servers = listening.Select(match => IPEndPoint.Parse(match.Groups["address"].Value)).ToList();

        Assert.True(KeyFile.TryRead(File.ReadAllBytes(Directory.GetFiles(coins).Single()), out var keys, out _));
        var coin = keys.Coins[0];
        using var cipher = new CoinCipher(coin[14]);
        using var client = new TestClient(coin.Id) { Cipher = cipher };
        using var peer = new UdpPeer(servers[0]);
        var lookup = client.LookUp(NameRecordType.A, "example");
        Assert.Equal(WireStatus.Success, lookup.StatusOf(await peer.ExchangeAsync(lookup.Datagram)));
        var post = client.Post(TestClient.IdOf(1), [1, 2, 3, 4]);
        Assert.Equal(WireStatus.Success, post.StatusOf(await peer.ExchangeAsync(post.Datagram)));
        var second = client.Post(TestClient.IdOf(2), [1, 2, 3, 4]);
        Assert.Equal(WireStatus.CoinOverused, second.StatusOf(await peer.ExchangeAsync(second.Datagram)));
        var get = client.Get(TestClient.IdOf(1));
        Assert.Equal([1, 2, 3, 4], get.PartOf(await peer.ExchangeAsync(get.Datagram)));

        process.Signal("TERM");
        Assert.Equal(0, await process.WaitForExitAsync());
    }

    [Fact]
    public async Task All_25_RAIDA_ids_are_served_by_default()
    {
        var coins = Path.Combine(_folder.FullName, "coins");
        await using var process = Start("--listen", "127.0.0.1:0", "--coins", coins, "--make-coins", "1");
        Assert.Equal(25, (await process.WaitForAsync(Listening, count: 25)).Count);
    }

    [Fact]
    public async Task An_invalid_zone_file_ends_the_program_with_the_line_number_and_exit_code_2()
    {
        var zone = Path.Combine(_folder.FullName, "zone");
        File.WriteAllText(zone, "\nexample MX 1\n");
        await using var process = Start("--listen", "127.0.0.1:0", "--raida", "0", "--zone", zone);
        Assert.Equal(2, await process.WaitForExitAsync());
        Assert.Contains("line 2: 'MX' is not a supported record type", $"{process}");
    }

    [Fact]
    public async Task A_client_that_trusts_only_the_root_connects_to_the_TLS_port()
    {
        using var root = new TestAuthority("Test root");
        using var intermediate = root.SignAuthority("Test intermediate");
        using var server = intermediate.SignServer();
        using var key = server.GetECDsaPrivateKey()!;
        var (certificateFile, keyFile) = (Path.Combine(_folder.FullName, "server.crt"), Path.Combine(_folder.FullName, "server.key"));
        File.WriteAllLines(certificateFile, [server.ExportCertificatePem(), intermediate.Certificate.ExportCertificatePem()]);
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        await using var process = Start(
            "--listen", "127.0.0.1:0", "--raida", "14", "--paid-accounts", "--tls-certificate", certificateFile, "--tls-key", keyFile);
        var listening = await process.WaitForAsync(Listening);

        var cancelled = TestContext.Current.CancellationToken;
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPEndPoint.Parse(listening[0].Groups["address"].Value), cancelled);
        await using var tls = new SslStream(socket.GetStream());
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = "127.0.0.1",
            CertificateChainPolicy = new()
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
                CustomTrustStore = { root.Certificate },
            },
        };
        await tls.AuthenticateAsClientAsync(options, cancelled);
        Assert.Equal(server.RawData, tls.RemoteCertificate!.GetRawCertData());
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static ServerProcess Start(params string[] arguments) => ServerProcess.OfRepository("Rke.Raida", arguments);
}
