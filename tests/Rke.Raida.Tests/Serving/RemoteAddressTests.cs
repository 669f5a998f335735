using System.Net;
using System.Net.Sockets;
using Rke.Raida.Coins;
using Rke.Raida.Keys;
using Rke.Raida.Serving;
using Rke.Wire;

namespace Rke.Raida.Tests.Serving;

public class RemoteAddressTests
{
    [Theory]
    [InlineData("127.0.0.71", "127.0.0.71")]
    [InlineData("255.255.255.255", "255.255.255.255")]
    [InlineData("::1", "::1")]
    [InlineData("2001:db8::14", "2001:db8::14")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1")]
    public void The_reader_receives_the_address_of_the_sender(string from, string received)
    {
        var coin = new CoinId(1, 1);
        using var client = new TestClient(coin);
        var coins = new CoinTable();
        coins.Add(coin, TestClient.NumberOf(coin));
        using var server = new KeyServer(RunningServer.RaidaId, new(), coins, new KeyCapacity(1), TimeProvider.System);
        var answer = new byte[ProfileRules.MaxResponseLength];
        var source = RemoteAddress.Of(new IPEndPoint(IPAddress.Parse(from), 4711));
        Assert.Equal(4711, source.Port);
        server.Handle(source, client.Post(TestClient.IdOf(1), new byte[4]).Datagram, answer);
        var get = client.Get(TestClient.IdOf(1));
        var length = server.Handle(source, get.Datagram, answer);
        var payload = get.PayloadOf(answer.AsSpan(0, length));
        Assert.True(GetKeyAnswer.TryRead(WireProfile.Rke, payload, out var read, out _));
        Assert.Equal(IPAddress.Parse(received), read.SenderAddress);
    }

    [Theory]
    [InlineData("::7f00:1", AddressFamily.InterNetworkV6)]
    [InlineData("::", AddressFamily.InterNetworkV6)]
    [InlineData("::1", AddressFamily.InterNetworkV6)]
    [InlineData("2001:db8::14", AddressFamily.InterNetworkV6)]
    [InlineData("0.0.0.1", AddressFamily.InterNetwork)]
    [InlineData("127.0.0.1", AddressFamily.InterNetwork)]
    public void An_address_keeps_its_family(string text, AddressFamily family)
    {
        var address = RemoteAddress.Of(new IPEndPoint(IPAddress.Parse(text), 1)).ToIPAddress();
        Assert.Equal(family, address.AddressFamily);
        Assert.Equal(IPAddress.Parse(text), address);
    }

    [Theory]
    [InlineData("::7f00:1", WireStatus.Failed)]
    [InlineData("::", WireStatus.Failed)]
    [InlineData("0.0.0.1", WireStatus.Failed)]
    [InlineData("::1", WireStatus.Success)]
    [InlineData("127.0.0.1", WireStatus.Success)]
    [InlineData("::ffff:127.0.0.1", WireStatus.Success)]
    public void By_default_only_loopback_addresses_open_free_accounts(string from, WireStatus expected)
    {
        using var client = new TestClient(new CoinId(1, 1));
        using var server = new KeyServer(
            RunningServer.RaidaId,
            new() { Accounts = new() { IsFree = true } },
            new CoinTable(),
            new KeyCapacity(1),
            TimeProvider.System);
        var request = client.Make(new FreeAccountPayload(new(1, 5000)), plain: true);
        var answer = new byte[ProfileRules.MaxResponseLength];
        var length = server.Handle(RemoteAddress.Of(new IPEndPoint(IPAddress.Parse(from), 4711)), request.Datagram, answer);
        Assert.Equal(expected, request.StatusOf(answer.AsSpan(0, length)));
    }
}
