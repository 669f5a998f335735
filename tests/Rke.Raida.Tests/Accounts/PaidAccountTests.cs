using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rke.Raida.Accounts;
using Rke.Raida.Serving;
using Rke.UdpBridge;
using Rke.UdpBridge.Streams;
using Rke.Wire;

namespace Rke.Raida.Tests.Accounts;

/// <summary>Paid Account over real TLS (docs/WIRE.md §10).</summary>
public sealed class PaidAccountTests : IDisposable
{
    private static readonly CoinId Paying = new(1, 1);
    private static readonly CoinId Account = new(1, 5000);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly TestAuthority _authority = new();
    private readonly X509Certificate2 _certificate;

    public PaidAccountTests() => _certificate = _authority.SignServer();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_account_costs_the_coin_that_pays()
    {
        await using var server = await StartAsync(new() { IsPaid = true });
        await using var connection = await ConnectAsync(server);
        var (status, number) = await PayAsync(connection, Paying, Account);
        Assert.Equal(WireStatus.Success, status);
        using var owner = new TestClient(Account) { Cipher = new CoinCipher(number) };
        Assert.Equal(WireStatus.Success, await server.StatusAsync(owner.Echo()));
        Assert.Equal(WireStatus.CoinNotFound, await server.StatusAsync(server.Client().Echo(), isSigned: false));
        Assert.Equal(WireStatus.CoinCounterfeit, (await PayAsync(connection, Paying, new(1, 5001))).Status);
    }

    [Fact]
    public async Task The_same_request_on_another_connection_gets_the_same_number()
    {
        await using var server = await StartAsync(new() { IsPaid = true });
        await using var first = await ConnectAsync(server);
        await using var second = await ConnectAsync(server);
        using var request = first.Encode(Payload(Paying, Account));
        Assert.Equal((await SendAsync(first, request)).Number, (await SendAsync(second, request)).Number);
    }

    [Fact]
    public async Task A_counterfeit_coin_stays_and_pays_nothing()
    {
        await using var server = await StartAsync(new() { IsPaid = true });
        await using var connection = await ConnectAsync(server);
        var numbers = NumbersOf(Paying);
        numbers[(16 * RunningServer.RaidaId) + 3] ^= 1;
        using var request = connection.Encode(new PaidAccountPayload(Paying, Account, numbers));
        Assert.Equal(WireStatus.CoinCounterfeit, (await SendAsync(connection, request)).Status);
        Assert.Equal(WireStatus.CoinCounterfeit, (await PayAsync(connection, new(1, 77), Account)).Status);
        Assert.Equal(WireStatus.Success, await server.StatusAsync(server.Client().Echo()));
    }

    [Theory]
    [InlineData(1, 1000u, WireStatus.Success)]
    [InlineData(2, 1000u, WireStatus.CoinNotValuable)]
    [InlineData(1, 2u, WireStatus.AccountInUse)]
    [InlineData(1, 2000u, WireStatus.AccountOutOfRange)]
    public async Task Price_range_and_use_are_checked(sbyte price, uint account, WireStatus expected)
    {
        await using var server = await StartAsync(new() { IsPaid = true, Price = price, LastSerialNumber = 1999 });
        await using var connection = await ConnectAsync(server);
        Assert.Equal(expected, (await PayAsync(connection, Paying, new(1, account))).Status);
        if (expected != WireStatus.Success)
        {
            Assert.Equal(WireStatus.Success, await server.StatusAsync(server.Client().Echo()));
        }
    }

    [Fact]
    public async Task A_server_with_only_free_accounts_names_them()
    {
        await using var server = await StartAsync(new() { IsFree = true });
        await using var connection = await ConnectAsync(server);
        Assert.Equal(WireStatus.PaidAccountNotOffered, (await PayAsync(connection, Paying, Account)).Status);
    }

    [Fact]
    public async Task Paid_accounts_need_tls()
    {
        await using var server = await StartAsync(new() { IsPaid = true });
        var request = server.Client().Make(Payload(Paying, Account), plain: true);
        Assert.Equal(WireStatus.CommandUnknown, await server.StatusAsync(request));
        var failure = await Assert.ThrowsAsync<ArgumentException>(
            () => RunningServer.StartAsync(new KeyServerOptions { Accounts = new() { IsPaid = true } }));
        Assert.Contains("TLS", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_refuses_a_certificate_of_another_authority()
    {
        await using var server = await StartAsync(new() { IsPaid = true });
        using var other = new TestAuthority("other");
        var failure = await Assert.ThrowsAsync<StreamException>(() => ConnectAsync(server, other));
        Assert.Equal(StreamProblem.NotTrusted, failure.Problem);
    }

    [Fact]
    public async Task A_connection_without_a_handshake_is_closed_and_does_not_hold_up_others()
    {
        await using var server = await StartAsync(new() { IsPaid = true });
        using var silent = new System.Net.Sockets.TcpClient();
        await silent.ConnectAsync(server.Host.EndPoints[RunningServer.RaidaId], Cancelled);
        using var half = new System.Net.Sockets.TcpClient();
        await half.ConnectAsync(server.Host.EndPoints[RunningServer.RaidaId], Cancelled);
        await half.GetStream().WriteAsync(new byte[] { 0x16, 0x03, 0x01, 0x02, 0x00, 0x01 }, Cancelled);
        await Eventually.IsTrueAsync(() => server.Host.ConnectionCount == 2);
        await using (var connection = await ConnectAsync(server))
        {
            Assert.Equal(WireStatus.Success, (await PayAsync(connection, Paying, Account)).Status);
        }

        await Eventually.IsTrueAsync(() =>
        {
            server.Time.Advance(TimeSpan.FromSeconds(5));
            return server.Host.ConnectionCount == 0;
        });
    }

    [Fact]
    public async Task A_coin_that_paid_stays_consumed_after_a_restart()
    {
        var folder = Directory.CreateTempSubdirectory("rke-accounts-");
        try
        {
            await using (var first = await StartAsync(new() { IsPaid = true, Folder = folder.FullName }))
            {
                await using var connection = await ConnectAsync(first);
                Assert.Equal(WireStatus.Success, (await PayAsync(connection, Paying, Account)).Status);
            }

            await using var second = await StartAsync(new() { IsPaid = true, Folder = folder.FullName });
            Assert.Equal(WireStatus.CoinNotFound, await second.StatusAsync(second.Client().Echo(), isSigned: false));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData(230, 27)]
    [InlineData(240, 437)]
    [InlineData(240, 65535)]
    [InlineData(0, 18)]
    public async Task Another_command_or_length_is_refused_and_the_connection_closed(byte command, ushort length)
    {
        await using var server = await StartAsync(new() { IsPaid = true });
        var header = new byte[32];
        (header[0], header[2], header[4], header[5], header[7], header[8]) = (1, RunningServer.RaidaId, 4, command, 6, 1);
        (header[22], header[23]) = ((byte)(length >> 8), (byte)length);
        using var socket = new System.Net.Sockets.TcpClient();
        await socket.ConnectAsync(server.Host.EndPoints[RunningServer.RaidaId], Cancelled);
        await using var tls = new SslStream(socket.GetStream());
        await tls.AuthenticateAsClientAsync(Tls(_authority), Cancelled);
        await tls.WriteAsync(header, Cancelled);
        var answer = new byte[64];
        Assert.Equal(32, await tls.ReadAtLeastAsync(answer, 33, throwOnEndOfStream: false, Cancelled));
        Assert.Equal((command == 240 ? 16 : 6, 0), (answer[2], answer[3]));
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _authority.Dispose();
    }

    private static byte[] NumbersOf(CoinId coin)
    {
        var numbers = new byte[CoinKeys.NumbersLength];
        RandomNumberGenerator.Fill(numbers);
        TestClient.NumberOf(coin).CopyTo(numbers.AsSpan(16 * RunningServer.RaidaId));
        return numbers;
    }

    private static PaidAccountPayload Payload(CoinId paying, CoinId account) => new(paying, account, NumbersOf(paying));

    private static async Task<(WireStatus Status, AuthenticityNumber Number)> PayAsync(
        StreamConnection connection, CoinId paying, CoinId account)
    {
        using var request = connection.Encode(Payload(paying, account));
        return await SendAsync(connection, request);
    }

    private static async Task<(WireStatus Status, AuthenticityNumber Number)> SendAsync(StreamConnection connection, StreamRequest request)
    {
        using var response = await connection.SendAsync(request, MonotonicTime.Now(TimeProvider.System) + Limit, Cancelled);
        AccountAnswer.TryRead(WireCommand.PaidAccount, response.Payload, out var answer, out _);
        return (response.Status, answer.Number);
    }

    private static SslClientAuthenticationOptions Tls(TestAuthority authority)
    {
        var tls = new SslClientAuthenticationOptions
        {
            TargetHost = "127.0.0.1",
            CertificateChainPolicy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck },
        };
        tls.CertificateChainPolicy.CustomTrustStore.Add(authority.Certificate);
        return tls;
    }

    private Task<RunningServer> StartAsync(AccountOptions accounts) =>
        RunningServer.StartAsync(new KeyServerOptions { Accounts = accounts with { Certificate = _certificate } });

    private Task<StreamConnection> ConnectAsync(RunningServer server, TestAuthority? authority = null) =>
        new StreamClient(new SystemEntropy(), TimeProvider.System).ConnectAsync(
            new ServerAddress(WireProfile.Rke, 6, RunningServer.RaidaId, server.Host.EndPoints[RunningServer.RaidaId]),
            Tls(authority ?? _authority),
            MonotonicTime.Now(TimeProvider.System) + Limit,
            Cancelled);
}
