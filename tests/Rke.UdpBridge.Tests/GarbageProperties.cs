using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Logging.Testing;
using Rke.Wire;

namespace Rke.UdpBridge.Tests;

public abstract class GarbageProperties(BridgeTransport transport) : TransportTests(transport)
{
    [Fact]
    public async Task Random_datagrams_do_not_change_the_result()
    {
        byte[][] garbage = [];
        byte? changed = null;
        var position = 0;
        await using var server = new ScriptedServer(request =>
        {
            var right = request.Answer(new GetKeyAnswer(KeyId.Read(new byte[16]), new(1, 5), null, [1, 2, 3, 4]));
            var altered = (byte[])right.Clone();
            if (changed is { } bits)
            {
                altered[position % altered.Length] ^= bits;
            }

            // The valid response with one byte changed. The signature does not cover status, time and payload.
            var checks = position % altered.Length is not ((>= 12 and < 16) or (>= 32 and < 74) or 2);
            return [.. garbage, .. changed is null || !checks ? (byte[][])[] : [altered], right];
        });
        var logger = new FakeLogger<BridgeClient>();
        var options = new UdpBridgeOptions
        {
            InitialRetransmission = TimeSpan.FromSeconds(2),
            MinRetransmission = TimeSpan.FromSeconds(2),
            MaxRetransmission = TimeSpan.FromSeconds(2),
        };
        await using var bridge = Bridges.Create(options, logger: logger);
        var link = bridge.Link(server.Address);
        var datagrams = ArbMap.Default.ArbFor<byte[][]>();
        var number = ArbMap.Default.ArbFor<byte>();

        Prop.ForAll(datagrams, number, number, (injected, xor, at) =>
        {
            garbage = [.. (injected ?? []).Select(static datagram => datagram ?? [])];
            changed = xor == 0 ? null : xor;
            position = at;
            using var exchange = link.GetKeyAsync(server.Encryption()).AsTask().GetAwaiter().GetResult();
            return exchange.Outcome == ExchangeOutcome.Answered && exchange.Attempts == 1
                && GetKeyAnswer.TryRead(WireProfile.Rke, exchange.Payload, out var answer, out _)
                && answer.KeyPart.SequenceEqual((byte[])[1, 2, 3, 4]);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

        Assert.DoesNotContain(logger.Collector.GetSnapshot(), static entry => entry.Id.Id == 2004);
        Assert.Equal(BreakerState.Closed, link.Statistics.Breaker);
    }
}

public class GarbageNativeProperties() : GarbageProperties(BridgeTransport.Native);

public class GarbageSocketProperties() : GarbageProperties(BridgeTransport.Sockets);
