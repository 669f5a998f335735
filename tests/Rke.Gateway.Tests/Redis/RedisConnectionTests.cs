using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rke.Gateway.Coins;
using Rke.Gateway.Idempotency;
using Rke.Gateway.Networks;
using Rke.Wire;

namespace Rke.Gateway.Tests.Redis;

/// <summary>Passwords, TLS and clusters, on real servers.</summary>
public sealed class RedisConnectionTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_password_is_sent_and_a_wrong_password_is_rejected()
    {
        await using var server = RedisServerProcess.Prepare(password: "s3cret", arguments: ["--requirepass", "s3cret"]);
        await server.StartAgainAsync();
        await using var right = await RedisState.ConnectAsync(RedisState.Settings(null, server));
        Assert.Equal(ReservationAnswer.Granted, (await ReserveAsync(right, new(6, 14), 1)).Answer);
        await using var wrong = await RedisState.ConnectAsync(RedisState.Settings(null, server) with { Password = "guess" });
        Assert.False(wrong.Circuit.IsUp);
        Assert.Equal(ReservationAnswer.Unavailable, (await ReserveAsync(wrong, new(6, 14), 2)).Answer);
    }

    [Fact]
    public async Task With_TLS_the_server_needs_a_certificate_of_the_configured_authority()
    {
        var folder = Directory.CreateTempSubdirectory("rke-tls-");
        var (authority, certificate, key) = (Path("ca.pem"), Path("redis.pem"), Path("redis.key"));
        var stranger = Path("stranger.pem");
        MakeCertificates(authority, certificate, key);
        MakeCertificates(stranger, Path("unused.pem"), Path("unused.key"));
        await using var server = RedisServerProcess.Prepare(
            SecureAsync,
            arguments:
            [
                "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", authority,
                "--tls-auth-clients", "no",
            ]);
        await server.StartAgainAsync();
        var settings = RedisState.Settings(null, server) with { Tls = true };
        await using var trusting = await RedisState.ConnectAsync(settings with { CaFile = authority });
        Assert.Equal(ReservationAnswer.Granted, (await ReserveAsync(trusting, new(6, 14), 1)).Answer);
        await using var other = await RedisState.ConnectAsync(settings with { CaFile = stranger });
        Assert.False(other.Circuit.IsUp);
        await using var system = await RedisState.ConnectAsync(settings);
        Assert.False(system.Circuit.IsUp);
        folder.Delete(recursive: true);

        string Path(string name) => System.IO.Path.Combine(folder.FullName, name);
    }

    [Fact]
    public async Task A_cluster_of_three_nodes_shares_all_state()
    {
        var nodes = new List<RedisServerProcess>();
        try
        {
            for (var number = 0; number < 3; number++)
            {
                nodes.Add(await RedisServerProcess.StartAsync(
                    "--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-node-timeout", "2000"));
            }

            await JoinAsync(nodes);
            await using var one = await RedisState.ConnectAsync(RedisState.Settings(null, [.. nodes]));
            await using var two = await RedisState.ConnectAsync(RedisState.Settings(null, nodes[2]));
            for (byte raidaId = 0; raidaId < 25; raidaId++)
            {
                var server = new ServerId(6, raidaId);
                var grant = default(ReservationResult);
                await Eventually.IsTrueAsync(async () =>
                    (grant = await ReserveAsync(one, server, 1)).Answer != ReservationAnswer.Unavailable);
                Assert.Equal(ReservationAnswer.Granted, grant.Answer);
                Assert.Equal(ReservationAnswer.Occupied, (await ReserveAsync(two, server, 1)).Answer);
                await two.Coins.FreeAsync(server, grant.Reservation.Part, coin: null);
                Assert.Equal(ReservationAnswer.Granted, (await ReserveAsync(two, server, 1)).Answer);
                Assert.True(await one.Leases.LeaseAsync(6, raidaId, 0) < await two.Leases.LeaseAsync(6, raidaId, 0));

                var request = RequestDigest.Of(new("test"), $"key {raidaId}", [raidaId]);
                var claim = await one.Idempotency.ClaimAsync(request, TimeSpan.FromSeconds(10), Cancelled);
                await one.Idempotency.StoreAsync(request, claim.Ticket, new byte[] { raidaId });
                var again = await two.Idempotency.ClaimAsync(request, TimeSpan.FromSeconds(10), Cancelled);
                Assert.Equal([raidaId], again.Response.ToArray());
            }

            // The states of the key servers are on all three nodes.
            foreach (var node in nodes)
            {
                Assert.Contains("rke:{6.", await node.AskAsync("KEYS", "*"));
            }
        }
        finally
        {
            foreach (var node in nodes)
            {
                await node.DisposeAsync();
            }
        }
    }

    private static async Task JoinAsync(List<RedisServerProcess> nodes)
    {
        const int Slots = 16_384;
        for (var number = 0; number < nodes.Count; number++)
        {
            var (first, last) = (Slots * number / nodes.Count, (Slots * (number + 1) / nodes.Count) - 1);
            Assert.StartsWith("+OK", await nodes[number].AskAsync("CLUSTER", "ADDSLOTSRANGE", $"{first}", $"{last}"));
            await nodes[number].AskAsync("CLUSTER", "SET-CONFIG-EPOCH", $"{number + 1}");
            if (number > 0)
            {
                await nodes[0].AskAsync("CLUSTER", "MEET", "127.0.0.1", $"{nodes[number].Port}");
            }
        }

        foreach (var node in nodes)
        {
            await Eventually.IsTrueAsync(async () =>
            {
                var info = await node.AskAsync("CLUSTER", "INFO");
                return info.Contains("cluster_state:ok") && info.Contains("cluster_known_nodes:3");
            });
        }
    }

    private static void MakeCertificates(string authorityFile, string certificateFile, string keyFile)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test authority", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(authorityFile, authority.ExportCertificatePem());

        using var serverKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        request = new CertificateRequest("CN=redis", serverKey, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("127.0.0.1");
        request.CertificateExtensions.Add(names.Build());
        using var server = request.Create(authority, now.AddDays(-1), now.AddDays(1), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(certificateFile, server.ExportCertificatePem());
        File.WriteAllText(keyFile, serverKey.ExportPkcs8PrivateKeyPem());
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

    private static Task<ReservationResult> ReserveAsync(RedisState state, ServerId server, uint coin) =>
        state.Coins.ReserveAsync(
            new(
                server,
                [new CoinId(0, coin)],
                0,
                KeyIdHash.Read(RandomNumberGenerator.GetBytes(KeyIdHash.Length)),
                Occupies: true,
                TimeSpan.FromMinutes(1),
                new(5, TimeSpan.FromMinutes(1))),
            Cancelled).AsTask();
}
