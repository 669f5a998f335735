using Microsoft.Extensions.Time.Testing;
using Rke.Wire;

namespace Rke.UdpBridge.Tests;

public abstract class EchoCollisionTests(BridgeTransport transport) : TransportTests(transport)
{
    [Fact]
    public async Task Requests_with_equal_echoes_use_different_sockets()
    {
        await using var server = ScriptedServer.Silent();
        await using var bridge = Bridges.Create();
        var link = bridge.Configure([server.Address])[0];

        var calls = Enumerable.Range(0, 4).Select(index => link.GetKeyAsync(Encryption(server, index)).AsTask()).ToArray();
        await server.ReceivedAsync(4);

        Assert.Equal(4, server.Requests.Select(static request => request.Source.Port).Distinct().Count());
        foreach (var request in server.Requests)
        {
            server.Send(
                request.Header.Coin.SerialNumber % 2 == 0
                    ? request.Hint(WireStatus.CoinNotFound)
                    : request.Respond(WireStatus.KeyNotFound),
                request.Source);
        }

        var ends = await Task.WhenAll(calls);
        for (var index = 0; index < 4; index++)
        {
            Assert.Equal(index % 2 == 0 ? ExchangeOutcome.Hinted : ExchangeOutcome.Answered, ends[index].Outcome);
        }
    }

    [Fact]
    public async Task The_signature_decides_if_all_sockets_wait_for_the_echo()
    {
        // Eight requests with the same echo over four sockets. Each gets a hint first. Then the responses follow in
        // reverse order.
        const int Calls = 8;
        List<ReceivedRequest> firsts = [];
        await using var server = new ScriptedServer(request =>
        {
            firsts.Add(request);
            return [request.Hint(WireStatus.CoinNotFound)];
        });
        var time = new FakeTimeProvider();
        await using var bridge = Bridges.Create(time: time);
        var link = bridge.Configure([server.Address])[0];
        var calls = Enumerable.Range(0, Calls)
            .Select(index => link.GetKeyAsync(Encryption(server, index), time: time).AsTask()).ToArray();
        await server.ReceivedAsync(Calls);
        await Eventually.IsTrueAsync(() => link.Statistics.Received == Calls);
        Assert.True(link.Statistics.Hints < Calls);
        foreach (var request in Enumerable.Reverse(server.Requests))
        {
            var answer = new GetKeyAnswer(KeyId.Read(new byte[16]), request.Header.Coin, null, [1, 2, 3, 4]);
            server.Send(request.Answer(answer), request.Source);
        }

        for (var index = 0; index < Calls; index++)
        {
            using var exchange = await calls[index];
            Assert.Equal(ExchangeOutcome.Answered, exchange.Outcome);
            Assert.True(GetKeyAnswer.TryRead(WireProfile.Rke, exchange.Payload, out var answer, out _));
            Assert.Equal((uint)index, answer.Sender.SerialNumber);
        }
    }

    [Fact]
    public async Task An_unencrypted_request_gets_an_echo_that_is_not_in_use()
    {
        var time = new FakeTimeProvider();
        await using var server = ScriptedServer.Silent();

        // An echo is the last two bytes from the entropy source. This source returns only 32 echoes.
        await using var bridge = Bridges.Create(time: time, entropy: new FewEchoes());
        var link = bridge.Link(server.Address);
        for (var count = 0; count < 16; count++)
        {
            _ = link.EchoAsync(time: time).AsTask();
        }

        await server.ReceivedAsync(16);

        // One socket and 16 requests. Almost all echoes are different.
        Assert.True(server.Requests.Select(static request => request.Header.Nonce.Echo).Distinct().Count() >= 14);
    }

    private static RequestEncryption Encryption(ScriptedServer server, int index) =>
        new(new CoinId(1, (uint)index), server.Coin, new Nonce(((ulong)index << 32) | 0xABCD));

    private sealed class FewEchoes : IEntropySource
    {
        private readonly SeededEntropy _entropy = new(5);

        public void Fill(Span<byte> destination)
        {
            _entropy.Fill(destination);
            destination[^2] = 0;
            destination[^1] &= 0x1F;
        }
    }
}

public class EchoCollisionNativeTests() : EchoCollisionTests(BridgeTransport.Native);

public class EchoCollisionSocketTests() : EchoCollisionTests(BridgeTransport.Sockets);
