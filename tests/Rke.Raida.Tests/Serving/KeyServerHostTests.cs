using System.Net;
using System.Net.Sockets;
using Rke.Raida.Coins;
using Rke.Raida.Impairments;
using Rke.Raida.Serving;
using Rke.Wire;

namespace Rke.Raida.Tests.Serving;

public class KeyServerHostTests
{
    [Fact]
    public async Task One_process_serves_all_25_numbers()
    {
        await using var host = await KeyServerHost.StartAsync(new(), new NetworkCoins());
        Assert.Equal(Enumerable.Range(0, 25), host.EndPoints.Keys.Select(number => (int)number));
        foreach (var (number, endPoint) in host.EndPoints)
        {
            using var peer = new UdpPeer(endPoint);
            using var client = new Client(default, raidaId: number);
            var echo = client.Echo(plain: true);
            Assert.Equal(WireStatus.Success, echo.StatusOf(await peer.AskAsync(echo.Datagram)));
        }
    }

    [Fact]
    public async Task Many_clients_are_answered_at_once_by_several_loops()
    {
        var coins = new NetworkCoins();
        await using var host = await KeyServerHost.StartAsync(
            new() { Numbers = [Rig.Number], ReceiveLoops = 4 }, coins);
        await Task.WhenAll(Enumerable.Range(1, 20).Select(number => Task.Run(async () =>
        {
            var coin = new CoinId(1, (uint)number);
            coins[Rig.Number].Add(coin, Client.NumberOf(coin));
            using var client = new Client(coin);
            using var peer = new UdpPeer(host.EndPoints[Rig.Number]);
            for (var round = 0; round < 20; round++)
            {
                var id = Client.IdOf((number * 1000) + round);
                var post = client.Post(id, [1, 2, 3, (byte)round]);
                Assert.Equal(WireStatus.Success, post.StatusOf(await peer.AskAsync(post.Datagram)));
                var get = client.Get(id);
                Assert.Equal([1, 2, 3, (byte)round], get.PartOf(await peer.AskAsync(get.Datagram)));
            }
        })));
        Assert.Equal(0, host.WaitingKeys);
    }

    [Fact]
    public async Task Ports_count_up_from_the_base_and_are_free_again_after_stopping()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)probe.LocalEndPoint!).Port;
        var options = new KeyServerOptions { Listen = new(IPAddress.Loopback, port - 3), Numbers = [3] };
        await Assert.ThrowsAsync<SocketException>(() => KeyServerHost.StartAsync(options, new NetworkCoins()));
        probe.Dispose();
        for (var time = 0; time < 3; time++)
        {
            await using var host = await KeyServerHost.StartAsync(options, new NetworkCoins());
            Assert.Equal(port, host.EndPoints[3].Port);
        }
    }

    [Fact]
    public async Task Stopping_forgets_every_key()
    {
        var rig = await Rig.StartAsync();
        await rig.StatusAsync(rig.Owner().Post(Client.IdOf(1), new byte[4]));
        Assert.Equal(1, rig.Host.WaitingKeys);
        await rig.DisposeAsync();
        Assert.Equal(0, rig.Host.WaitingKeys);
    }

    public static TheoryData<KeyServerOptions, string> WrongOptions => new()
    {
        { new() { Numbers = [] }, "Numbers" },
        { new() { Numbers = [25] }, "Numbers" },
        { new() { Numbers = [1, 1] }, "Numbers" },
        { new() { Listen = new(IPAddress.Loopback, 65530) }, "Listen" },
        { new() { KeyLife = TimeSpan.Zero }, "KeyLife" },
        { new() { MaxKeys = 0 }, "MaxKeys" },
        { new() { PostLimit = 0 }, "PostLimit" },
        { new() { PostWindow = TimeSpan.Zero }, "PostWindow" },
        { new() { MaxReplies = -1 }, "MaxReplies" },
        { new() { ReplyLife = TimeSpan.FromTicks(-1) }, "ReplyLife" },
        { new() { SurplusBytesPerSecond = -1 }, "SurplusBytesPerSecond" },
        { new() { ReceiveLoops = 0 }, "ReceiveLoops" },
        { new() { Requests = new Impairment { Drop = 1.1 } }, "Requests" },
        { new() { Answers = new Impairment { Delay = TimeSpan.FromTicks(-1) } }, "Answers" },
    };

    [Theory(DisableDiscoveryEnumeration = true), MemberData(nameof(WrongOptions))]
    public async Task A_wrong_option_is_named(KeyServerOptions options, string name)
    {
        var failure = await Assert.ThrowsAsync<ArgumentException>(
            () => KeyServerHost.StartAsync(options, new NetworkCoins()));
        Assert.Equal(name, failure.ParamName);
        Assert.Contains(name, failure.Message);
    }
}
