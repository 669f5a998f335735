using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Rke.Raida.Accounts;
using Rke.Raida.Coins;
using Rke.Raida.Serving;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Tests.Accounts;

/// <summary>OpenAccount at 25 real key servers: all 25 numbers are usable, or there is no file.</summary>
public sealed class OpenAccountTests : IDisposable
{
    private const byte Other = 7;

    private readonly TestAuthority _authority = new();
    private readonly TlsFolder _tls = new();
    private readonly X509Certificate2 _certificate;

    public OpenAccountTests()
    {
        _certificate = _authority.SignServer();
        _tls.WriteAuthorities(_authority.Certificate);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_free_account_is_a_coin_that_the_gateway_uses_at_once()
    {
        await using var network = await TestNetwork.StartAsync(options: new() { Accounts = new() { IsFree = true } });
        await using var gateway = await StartAsync(network);
        var opened = await OpenAsync(gateway, new() { Kind = OpenAccountRequest.Types.Kind.Free });
        Assert.Equal(6u, opened.Network);
        Assert.Contains("in the clear", Assert.Single(opened.Warnings), StringComparison.Ordinal);
        Assert.Contains(gateway.Logs.Lines, line => line.StartsWith("Warning 3301", StringComparison.Ordinal));

        Assert.True(KeyFile.TryRead(await File.ReadAllBytesAsync(opened.KeyFile, Cancelled), out var file, out var error), $"{error}");
        var coin = Assert.Single(file.Coins);
        Assert.Equal(new CoinId((sbyte)opened.Coin.Denomination, opened.Coin.SerialNumber), coin.Id);
        Assert.Equal(25, Enumerable.Range(0, 25).Select(raidaId => Hex(coin[raidaId])).Distinct().Count());
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(opened.KeyFile));
        }

        Assert.Equal(["coins.bin", Path.GetFileName(opened.KeyFile)], FilesOf(network));
        await Eventually.IsTrueAsync(async () => await PostsAsync(gateway, opened.Coin));
        for (var raidaId = 0; raidaId < RaidaNetwork.ServerCount; raidaId++)
        {
            var number = Hex(coin[raidaId]);
            Assert.DoesNotContain(gateway.Logs.Lines, line => line.Contains(number, StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public async Task A_gateway_without_coins_becomes_ready()
    {
        await using var network = await TestNetwork.StartAsync(options: new() { Accounts = new() { IsFree = true } });
        File.Delete(Path.Combine(network.KeyFolder, "coins.bin"));
        await using var gateway = await StartAsync(network);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await gateway.Http.GetAsync("/readyz", Cancelled)).StatusCode);
        await OpenAsync(gateway, new() { Kind = OpenAccountRequest.Types.Kind.Free });
        await Eventually.IsTrueAsync(async () =>
            (await gateway.Http.GetAsync("/readyz", Cancelled)).StatusCode == HttpStatusCode.OK);
    }

    [Fact]
    public async Task One_key_server_that_refuses_leaves_no_file()
    {
        var accounts = new AccountOptions { IsFree = true };
        await using var network = await TestNetwork.StartAsync(options: new() { Accounts = accounts });
        using var coins = new NetworkCoins();
        await using var refusing = await KeyServerHost.StartAsync(
            new() { RaidaIds = [Other], Accounts = accounts with { FirstSerialNumber = 1_000_000 } }, coins);
        await using var gateway = await StartAsync(network, (Other, refusing.EndPoints[Other]));
        var failure = await FailAsync(
            gateway, new() { Kind = OpenAccountRequest.Types.Kind.Free, Coin = new() { Denomination = 1, SerialNumber = 5000 } });
        Assert.Equal((StatusCode.FailedPrecondition, "ACCOUNT_REFUSED"), (failure.Code, failure.Reason));
        Assert.Equal(("7", "3"), (failure.Info.Metadata["raida_id"], failure.Info.Metadata["raida_status"]));
        Assert.Equal(["coins.bin"], FilesOf(network));
    }

    [Fact]
    public async Task One_key_server_with_a_wrong_number_leaves_no_file()
    {
        await using var network = await TestNetwork.StartAsync(options: new() { Accounts = new() { IsFree = true } });
        using var coins = new NetworkCoins();
        await using var forgetful = await KeyServerHost.StartAsync(new() { RaidaIds = [Other], Accounts = new() { IsFree = true } }, coins);
        await using var relay = new ScriptedServer(request => Forget(request, forgetful.EndPoints[Other], coins));
        await using var gateway = await StartAsync(network, (Other, relay.EndPoint));
        var failure = await FailAsync(gateway, new() { Kind = OpenAccountRequest.Types.Kind.Free });
        Assert.Equal((StatusCode.Aborted, "ACCOUNT_UNUSABLE"), (failure.Code, failure.Reason));
        Assert.Equal("7", failure.Info.Metadata["raida_id"]);
        Assert.Equal(["coins.bin"], FilesOf(network));
    }

    [Fact]
    public async Task One_silent_key_server_leaves_no_file()
    {
        await using var network = await TestNetwork.StartAsync(options: new() { Accounts = new() { IsFree = true } });
        await using var silent = ScriptedServer.Silent();
        await using var gateway = await StartAsync(network, (Other, silent.EndPoint));
        var failure = await FailAsync(gateway, new() { Kind = OpenAccountRequest.Types.Kind.Free }, TimeSpan.FromSeconds(2));
        Assert.Equal("RAIDA_TIMEOUT", failure.Reason);
        Assert.Equal(["coins.bin"], FilesOf(network));
    }

    [Fact]
    public async Task An_id_in_use_is_reported()
    {
        await using var network = await TestNetwork.StartAsync(options: new() { Accounts = new() { IsFree = true } });
        await using var gateway = await StartAsync(network);
        var failure = await FailAsync(gateway, new()
        {
            Kind = OpenAccountRequest.Types.Kind.Free,
            Coin = new() { Denomination = 0, SerialNumber = 1000 },
        });
        Assert.Equal((StatusCode.AlreadyExists, "ACCOUNT_IN_USE"), (failure.Code, failure.Reason));
        Assert.Equal(["coins.bin"], FilesOf(network));
    }

    [Fact]
    public async Task A_paid_account_costs_one_coin_at_all_key_servers()
    {
        await using var network = await StartPaidAsync();
        await using var gateway = await StartAsync(network);
        var paying = new Coin { Denomination = 0, SerialNumber = 1000 };
        var opened = await OpenAsync(gateway, new() { Kind = OpenAccountRequest.Types.Kind.Paid, PayingCoin = paying });
        Assert.Contains("0/1000 has paid", Assert.Single(opened.Warnings), StringComparison.Ordinal);
        await Eventually.IsTrueAsync(async () => await PostsAsync(gateway, opened.Coin));
        Assert.False(await PostsAsync(gateway, paying));

        var failure = await FailAsync(gateway, new() { Kind = OpenAccountRequest.Types.Kind.Paid, PayingCoin = paying });
        Assert.Equal(("ACCOUNT_REFUSED", "4"), (failure.Reason, failure.Info.Metadata["raida_status"]));
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_costs_no_coin()
    {
        await using var network = await StartPaidAsync();
        using var other = new TestAuthority("other");
        _tls.WriteAuthorities(other.Certificate);
        await using var gateway = await StartAsync(network);
        var paying = new Coin { Denomination = 0, SerialNumber = 1000 };
        var failure = await FailAsync(gateway, new() { Kind = OpenAccountRequest.Types.Kind.Paid, PayingCoin = paying });
        Assert.Equal((StatusCode.FailedPrecondition, "CERTIFICATE_REFUSED"), (failure.Code, failure.Reason));
        Assert.True(await PostsAsync(gateway, paying));
        Assert.Equal(["coins.bin"], FilesOf(network));
    }

    [Fact]
    public async Task One_key_server_without_tls_costs_no_coin()
    {
        await using var network = await StartPaidAsync();
        using var coins = new NetworkCoins();
        await using var plain = await KeyServerHost.StartAsync(new() { RaidaIds = [Other] }, coins);
        await using var gateway = await StartAsync(network, (Other, plain.EndPoints[Other]));
        var paying = new Coin { Denomination = 0, SerialNumber = 1000 };
        var failure = await FailAsync(gateway, new() { Kind = OpenAccountRequest.Types.Kind.Paid, PayingCoin = paying });
        Assert.Equal((StatusCode.Unavailable, "RAIDA_UNREACHABLE"), (failure.Code, failure.Reason));
        Assert.True(await PostsAsync(gateway, paying));
    }

    [Fact]
    public async Task A_cancelled_call_closes_its_connections()
    {
        await using var network = await StartPaidAsync();
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        using var relay = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        relay.Start();
        await using var gateway = await StartAsync(
            network, (Other, (IPEndPoint)silent.LocalEndpoint), (Other + 1, (IPEndPoint)relay.LocalEndpoint));
        var paying = new Coin { Denomination = 0, SerialNumber = 1000 };
        using var cancel = new CancellationTokenSource();
        var call = new RkeAccountService.RkeAccountServiceClient(gateway.Channel).OpenAccountAsync(
            new() { Kind = OpenAccountRequest.Types.Kind.Paid, PayingCoin = paying }, cancellationToken: cancel.Token);

        // One key server accepts the connection and is silent. Another one makes the TLS connection.
        using var stalled = await silent.AcceptTcpClientAsync(Cancelled);
        using var accepted = await relay.AcceptTcpClientAsync(Cancelled);
        await using var tls = new SslStream(accepted.GetStream());
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, Cancelled);
        await cancel.CancelAsync();

        Assert.Equal(0, await tls.ReadAsync(new byte[1], Cancelled).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancelled));
        await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);
    }

    [Fact]
    public async Task Invalid_fields_are_reported_together()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await StartAsync(network);
        var failure = await FailAsync(gateway, new() { Coin = new() { Denomination = 128 } });
        Assert.Equal(["coin.denomination", "kind"], failure.BadFields);
        failure = await FailAsync(gateway, new() { Kind = OpenAccountRequest.Types.Kind.Paid });
        Assert.Equal(["paying_coin"], failure.BadFields);
        failure = await FailAsync(
            gateway, new() { Kind = OpenAccountRequest.Types.Kind.Paid, PayingCoin = new() { Denomination = 9, SerialNumber = 9 } });
        Assert.Equal("COIN_UNKNOWN", failure.Reason);
    }

    [Fact]
    public async Task A_folder_that_is_not_writable_opens_no_account()
    {
        await using var network = await TestNetwork.StartAsync(options: new() { Accounts = new() { IsFree = true } });
        var settings = Settings(network);
        settings["Rke:Accounts:Folder"] = "/proc";
        await using var gateway = await RunningGateway.StartAsync(settings);
        var failure = await FailAsync(gateway, new() { Kind = OpenAccountRequest.Types.Kind.Free });
        Assert.Equal((StatusCode.FailedPrecondition, "ACCOUNT_FILE_NOT_WRITTEN"), (failure.Code, failure.Reason));
    }

    [Fact]
    public async Task The_service_is_off_by_default()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        var failure = await Assert.ThrowsAsync<RpcException>(
            () => OpenAsync(gateway, new() { Kind = OpenAccountRequest.Types.Kind.Free }));
        Assert.Equal(StatusCode.Unimplemented, failure.StatusCode);
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _tls.Dispose();
        _authority.Dispose();
    }

    // A key server that loses an account after it has returned its number.
    private static IEnumerable<byte[]> Forget(byte[] request, IPEndPoint server, NetworkCoins coins)
    {
        using var socket = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Send(request, server);
        var from = new IPEndPoint(IPAddress.Any, 0);
        var response = socket.Receive(ref from);
        if (request[5] == 230)
        {
            coins[Other].Remove(new((sbyte)request[48], System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(request.AsSpan(49))));
        }

        return [response];
    }

    private static string Hex(AuthenticityNumber number)
    {
        var bytes = new byte[AuthenticityNumber.Length];
        number.CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    private static string?[] FilesOf(TestNetwork network) =>
        [.. Directory.GetFiles(network.KeyFolder).Select(Path.GetFileName).OrderDescending(StringComparer.Ordinal)];

    private static async Task<bool> PostsAsync(RunningGateway gateway, Coin coin)
    {
        try
        {
            await gateway.Client.PostKeyAsync(
                new() { RaidaId = 3, Coin = coin, KeyPart = Google.Protobuf.ByteString.CopyFrom(new byte[16]) }, cancellationToken: Cancelled);
            return true;
        }
        catch (RpcException)
        {
            return false;
        }
    }

    private static async Task<OpenAccountResponse> OpenAsync(RunningGateway gateway, OpenAccountRequest request) =>
        await new RkeAccountService.RkeAccountServiceClient(gateway.Channel).OpenAccountAsync(request, cancellationToken: Cancelled);

    private static Task<Details> FailAsync(RunningGateway gateway, OpenAccountRequest request, TimeSpan? deadline = null) =>
        Details.OfAsync(new RkeAccountService.RkeAccountServiceClient(gateway.Channel).OpenAccountAsync(
            request,
            deadline: TimeProvider.System.GetUtcNow().UtcDateTime + (deadline ?? TimeSpan.FromSeconds(30)),
            cancellationToken: Cancelled));

    private Task<TestNetwork> StartPaidAsync() =>
        TestNetwork.StartAsync(options: new() { Accounts = new() { IsPaid = true, Certificate = _certificate } });

    private Dictionary<string, string?> Settings(TestNetwork network)
    {
        var settings = network.Settings();
        settings["Rke:Accounts:Enabled"] = "true";
        settings["Rke:Accounts:Authorities"] = _tls.Authorities;
        return settings;
    }

    private Task<RunningGateway> StartAsync(TestNetwork network, params (byte RaidaId, IPEndPoint EndPoint)[] others)
    {
        var settings = Settings(network);
        foreach (var (raidaId, endPoint) in others)
        {
            settings[$"Rke:Networks:0:Servers:{raidaId}"] = endPoint.ToString();
        }

        return RunningGateway.StartAsync(settings);
    }
}
