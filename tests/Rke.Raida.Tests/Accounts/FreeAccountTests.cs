using System.Net;
using Rke.Raida.Accounts;
using Rke.Raida.Serving;
using Rke.Wire;

namespace Rke.Raida.Tests.Accounts;

/// <summary>Free Account over real UDP (docs/WIRE.md §10).</summary>
public class FreeAccountTests
{
    private static readonly CoinId Account = new(1, 5000);

    [Fact]
    public async Task An_account_is_a_coin_that_the_server_accepts()
    {
        await using var server = await StartAsync(new() { IsFree = true });
        var number = await OpenAsync(server, Account);
        using var client = Owner(Account, number);
        Assert.Equal(WireStatus.Success, await server.StatusAsync(client.Post(TestClient.IdOf(1), new byte[16])));
        Assert.Equal(new byte[16], await server.PartAsync(client.Get(TestClient.IdOf(1))));
    }

    [Fact]
    public async Task A_repeated_request_gets_the_same_number_and_another_request_does_not()
    {
        await using var server = await StartAsync(new() { IsFree = true });
        var client = server.Client();
        var request = client.Make(new FreeAccountPayload(Account), plain: true);
        var response = await server.Peer.ExchangeAsync(request.Datagram);
        Assert.Equal(50, response.Length);
        using var other = server.Connect();
        Assert.Equal(response, await other.ExchangeAsync(request.Datagram));
        Assert.Equal(
            WireStatus.AccountInUse, await server.StatusAsync(client.Make(new FreeAccountPayload(Account), plain: true)));

        server.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(WireStatus.AccountInUse, await server.StatusAsync(request));
    }

    [Fact]
    public async Task Without_the_option_the_command_is_unknown()
    {
        await using var server = await RunningServer.StartAsync();
        Assert.Equal(WireStatus.CommandUnknown, await StatusAsync(server, Account));
        await using var paid = await StartAsync(new());
        Assert.Equal(WireStatus.CommandUnknown, await StatusAsync(paid, Account));
    }

    [Fact]
    public async Task Only_the_configured_networks_get_an_account()
    {
        await using var server = await StartAsync(new() { IsFree = true, FreeNetworks = [IPNetwork.Parse("127.0.0.2/32")] });
        Assert.Equal(WireStatus.Failed, await StatusAsync(server, Account));
        using var allowed = new UdpPeer(server.Host.EndPoints[RunningServer.RaidaId], IPAddress.Parse("127.0.0.2"));
        var request = server.Client().Make(new FreeAccountPayload(Account), plain: true);
        Assert.Equal(WireStatus.Success, request.StatusOf(await allowed.ExchangeAsync(request.Datagram)));
    }

    [Theory]
    [InlineData(99, WireStatus.AccountOutOfRange)]
    [InlineData(100, WireStatus.Success)]
    [InlineData(200, WireStatus.Success)]
    [InlineData(201, WireStatus.AccountOutOfRange)]
    public async Task A_serial_number_outside_of_the_range_is_refused(uint serialNumber, WireStatus expected)
    {
        await using var server = await StartAsync(new() { IsFree = true, FirstSerialNumber = 100, LastSerialNumber = 200 });
        Assert.Equal(expected, await StatusAsync(server, new(1, serialNumber)));
    }

    [Fact]
    public async Task A_source_that_sends_too_many_requests_gets_status_7_until_it_waits()
    {
        await using var server = await StartAsync(
            new() { IsFree = true, RequestBurst = 3, RequestInterval = TimeSpan.FromSeconds(10) });
        for (uint number = 1; number <= 3; number++)
        {
            Assert.Equal(WireStatus.Success, await StatusAsync(server, new(2, number)));
        }

        Assert.Equal(WireStatus.AccountRequestRate, await StatusAsync(server, new(2, 4)));
        server.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(WireStatus.Success, await StatusAsync(server, new(2, 4)));
        Assert.Equal(WireStatus.AccountRequestRate, await StatusAsync(server, new(2, 5)));
    }

    [Fact]
    public async Task A_full_server_is_offline()
    {
        await using var server = await StartAsync(new() { IsFree = true, MaxAccounts = 1 });
        Assert.Equal(WireStatus.Success, await StatusAsync(server, new(2, 1)));
        Assert.Equal(WireStatus.Offline, await StatusAsync(server, new(2, 2)));
    }

    [Fact]
    public async Task A_wrong_checksum_is_refused()
    {
        await using var server = await StartAsync(new() { IsFree = true });
        var request = server.Client().Make(new FreeAccountPayload(Account), plain: true);
        request.Datagram[48 + 5] ^= 1;
        Assert.Equal(WireStatus.Failed, await server.StatusAsync(request));
    }

    [Fact]
    public async Task Accounts_in_a_folder_survive_a_restart()
    {
        var folder = Directory.CreateTempSubdirectory("rke-accounts-");
        try
        {
            AuthenticityNumber number;
            await using (var first = await StartAsync(new() { IsFree = true, Folder = folder.FullName }))
            {
                number = await OpenAsync(first, Account);
            }

            var file = Path.Combine(folder.FullName, "raida-14.accounts");
            Assert.Equal(31, new FileInfo(file).Length);
            if (!OperatingSystem.IsWindows())
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            }

            // The process stopped while it wrote a second account.
            await File.AppendAllBytesAsync(file, new byte[17], TestContext.Current.CancellationToken);
            await using (var second = await StartAsync(new() { IsFree = true, Folder = folder.FullName }))
            {
                using var client = Owner(Account, number);
                Assert.Equal(WireStatus.Success, await second.StatusAsync(client.Echo()));
                Assert.Equal(WireStatus.AccountInUse, await StatusAsync(second, Account));
                Assert.Equal(WireStatus.Success, await StatusAsync(second, new(2, 1)));
            }

            Assert.Equal(62, new FileInfo(file).Length);
            var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
            bytes[40] ^= 1;
            await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
            var failure = await Assert.ThrowsAsync<InvalidDataException>(
                () => StartAsync(new() { IsFree = true, Folder = folder.FullName }));
            Assert.Contains("byte 31", failure.Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Task<RunningServer> StartAsync(AccountOptions accounts) =>
        RunningServer.StartAsync(new KeyServerOptions { Accounts = accounts });

    private static Task<WireStatus> StatusAsync(RunningServer server, CoinId account) =>
        server.StatusAsync(server.Client().Make(new FreeAccountPayload(account), plain: true));

    private static async Task<AuthenticityNumber> OpenAsync(RunningServer server, CoinId account)
    {
        var request = server.Client().Make(new FreeAccountPayload(account), plain: true);
        var payload = request.PayloadOf(await server.Peer.ExchangeAsync(request.Datagram));
        Assert.True(AccountAnswer.TryRead(WireCommand.FreeAccount, payload, out var answer, out _));
        return answer.Number;
    }

    private static TestClient Owner(CoinId account, AuthenticityNumber number) =>
        new(account) { Cipher = new CoinCipher(number) };
}
