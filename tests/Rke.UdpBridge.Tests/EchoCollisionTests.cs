using Microsoft.Extensions.Time.Testing;
using Rke.Wire;

namespace Rke.UdpBridge.Tests;

public class EchoCollisionTests
{
    [Fact]
    public async Task Equal_echoes_go_to_different_sockets_so_that_hints_are_unambiguous()
    {
        await using var server = new ScriptedServer(static arrival =>
            arrival.Header.Coin.SerialNumber % 2 == 0
                ? [arrival.Hint(WireStatus.CoinNotFound)]
                : [arrival.Say(WireStatus.KeyNotFound)]);
        await using var bridge = Bridges.Create();
        var link = bridge.Configure([server.Address])[0];

        var ends = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(index => link.GetKeyAsync(Seal(server, index)).AsTask()));

        Assert.Equal(4, server.Arrivals.Select(static arrival => arrival.Source.Port).Distinct().Count());
        for (var index = 0; index < 4; index++)
        {
            Assert.Equal(index % 2 == 0 ? ExchangeOutcome.Hinted : ExchangeOutcome.Answered, ends[index].Outcome);
        }
    }

    [Fact]
    public async Task Beyond_that_the_signature_decides_and_hints_are_dropped()
    {
        // Eight requests with one echo over four sockets. Each is first hinted at, then answered in reverse order.
        const int Calls = 8;
        List<Arrival> firsts = [];
        await using var server = new ScriptedServer(arrival =>
        {
            firsts.Add(arrival);
            return [arrival.Hint(WireStatus.CoinNotFound)];
        });
        var time = new FakeTimeProvider();
        await using var bridge = Bridges.Create(time: time);
        var link = bridge.Configure([server.Address])[0];
        var calls = Enumerable.Range(0, Calls)
            .Select(index => link.GetKeyAsync(Seal(server, index), time: time).AsTask()).ToArray();
        await server.ArrivedAsync(Calls);
        await Eventually.IsTrueAsync(() => link.Statistics.Received == Calls);
        Assert.True(link.Statistics.Hints < Calls);
        foreach (var arrival in Enumerable.Reverse(server.Arrivals))
        {
            var answer = new GetKeyAnswer(KeyId.Read(new byte[16]), arrival.Header.Coin, null, [1, 2, 3, 4]);
            server.Send(arrival.Answer(answer), arrival.Source);
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
    public async Task An_unencrypted_request_draws_an_echo_that_nobody_waits_for()
    {
        var time = new FakeTimeProvider();
        await using var server = ScriptedServer.Silent();

        // Echoes come from the last two bytes of what the entropy source gives: here they soon repeat.
        await using var bridge = Bridges.Create(time: time, entropy: new FewEchoes());
        var link = bridge.Link(server.Address);
        for (var count = 0; count < 16; count++)
        {
            _ = link.EchoAsync(time: time).AsTask();
        }

        await server.ArrivedAsync(16);

        // One socket, sixteen requests, hardly two with the same echo.
        Assert.True(server.Arrivals.Select(static arrival => arrival.Header.Nonce.Echo).Distinct().Count() >= 14);
    }

    private static RequestSeal Seal(ScriptedServer server, int index) =>
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
