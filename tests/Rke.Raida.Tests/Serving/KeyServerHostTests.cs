using System.Net;
using System.Net.Sockets;
using Rke.Raida.Coins;
using Rke.Raida.Impairments;
using Rke.Raida.Serving;
using Rke.Wire;

namespace Rke.Raida.Tests.Serving;

public class KeyServerHostTests
{
    [Theory]
    [InlineData(true), InlineData(false)]
    public async Task One_process_serves_all_25_RAIDA_ids(bool isBatched)
    {
        await using var host = await KeyServerHost.StartAsync(new() { IsBatched = isBatched }, new NetworkCoins());
        Assert.Equal(Enumerable.Range(0, 25), host.EndPoints.Keys.Select(number => (int)number));
        foreach (var (number, endPoint) in host.EndPoints)
        {
            using var peer = new UdpPeer(endPoint);
            using var client = new TestClient(default, raidaId: number);
            var echo = client.Echo(plain: true);
            Assert.Equal(WireStatus.Success, echo.StatusOf(await peer.ExchangeAsync(echo.Datagram)));
        }
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public async Task The_IPv6_wildcard_address_serves_both_address_families(bool isBatched)
    {
        await using var host = await KeyServerHost.StartAsync(
            new() { Listen = new(IPAddress.IPv6Any, 0), RaidaIds = [RunningServer.RaidaId], IsBatched = isBatched },
            new NetworkCoins());
        foreach (var address in (IPAddress[])[IPAddress.Loopback, IPAddress.IPv6Loopback])
        {
            using var peer = new UdpPeer(new(address, host.EndPoints[RunningServer.RaidaId].Port), from: address);
            using var client = new TestClient(default, raidaId: RunningServer.RaidaId);
            var echo = client.Echo(plain: true);
            Assert.Equal(WireStatus.Success, echo.StatusOf(await peer.ExchangeAsync(echo.Datagram)));
        }
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public async Task Several_receive_threads_serve_many_clients_concurrently(bool isBatched)
    {
        var coins = new NetworkCoins();
        await using var host = await KeyServerHost.StartAsync(
            new() { RaidaIds = [RunningServer.RaidaId], ReceiveThreads = 4, IsBatched = isBatched }, coins);
        await Task.WhenAll(Enumerable.Range(1, 20).Select(number => Task.Run(async () =>
        {
            var coin = new CoinId(1, (uint)number);
            coins[RunningServer.RaidaId].Add(coin, TestClient.NumberOf(coin));
            using var client = new TestClient(coin);
            using var peer = new UdpPeer(host.EndPoints[RunningServer.RaidaId]);
            for (var round = 0; round < 20; round++)
            {
                var id = TestClient.IdOf((number * 1000) + round);
                var post = client.Post(id, [1, 2, 3, (byte)round]);
                Assert.Equal(WireStatus.Success, post.StatusOf(await peer.ExchangeAsync(post.Datagram)));
                var get = client.Get(id);
                Assert.Equal([1, 2, 3, (byte)round], get.PartOf(await peer.ExchangeAsync(get.Datagram)));
            }
        })));
        Assert.Equal(0, host.WaitingKeys);
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public async Task Ports_follow_the_base_port_and_are_free_after_a_stop(bool isBatched)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)probe.LocalEndPoint!).Port;
        var options = new KeyServerOptions
        {
            Listen = new(IPAddress.Loopback, port - 3),
            RaidaIds = [3],
            IsBatched = isBatched,
        };
        await Assert.ThrowsAsync<SocketException>(() => KeyServerHost.StartAsync(options, new NetworkCoins()));
        probe.Dispose();
        for (var time = 0; time < 3; time++)
        {
            await using var host = await KeyServerHost.StartAsync(options, new NetworkCoins());
            Assert.Equal(port, host.EndPoints[3].Port);
        }
    }

    [Fact]
    public async Task A_stop_removes_every_key()
    {
        var server = await RunningServer.StartAsync();
        await server.StatusAsync(server.Client().Post(TestClient.IdOf(1), new byte[4]));
        Assert.Equal(1, server.Host.WaitingKeys);
        await server.DisposeAsync();
        Assert.Equal(0, server.Host.WaitingKeys);
    }

    public static TheoryData<KeyServerOptions, string> InvalidOptions => new()
    {
        { new() { RaidaIds = [] }, "RaidaIds" },
        { new() { RaidaIds = [25] }, "RaidaIds" },
        { new() { RaidaIds = [1, 1] }, "RaidaIds" },
        { new() { Listen = new(IPAddress.Loopback, 65530) }, "Listen" },
        { new() { KeyLifetime = TimeSpan.Zero }, "KeyLifetime" },
        { new() { MaxKeys = 0 }, "MaxKeys" },
        { new() { PostLimit = 0 }, "PostLimit" },
        { new() { PostWindow = TimeSpan.Zero }, "PostWindow" },
        { new() { MaxCachedResponses = -1 }, "MaxCachedResponses" },
        { new() { ResponseIv = ResponseIv.Continued }, "ResponseIv" },
        { new() { ResponseLifetime = TimeSpan.FromTicks(-1) }, "ResponseLifetime" },
        { new() { AmplificationBytesPerSecond = -1 }, "AmplificationBytesPerSecond" },
        { new() { ReceiveThreads = 0 }, "ReceiveThreads" },
        { new() { RequestImpairment = new Impairment { Drop = 1.1 } }, "RequestImpairment" },
        { new() { ResponseImpairment = new Impairment { Delay = TimeSpan.FromTicks(-1) } }, "ResponseImpairment" },
    };

    [Theory(DisableDiscoveryEnumeration = true), MemberData(nameof(InvalidOptions))]
    public async Task The_error_names_an_invalid_option(KeyServerOptions options, string name)
    {
        var failure = await Assert.ThrowsAsync<ArgumentException>(
            () => KeyServerHost.StartAsync(options, new NetworkCoins()));
        Assert.Equal(name, failure.ParamName);
        Assert.Contains(name, failure.Message);
    }
}
