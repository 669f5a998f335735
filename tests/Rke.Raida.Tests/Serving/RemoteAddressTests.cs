using System.Net;
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
}
