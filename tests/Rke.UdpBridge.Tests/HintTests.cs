using Microsoft.Extensions.Time.Testing;
using Rke.Wire;

namespace Rke.UdpBridge.Tests;

/// <summary>Unsigned errors: docs/WIRE.md §4.</summary>
public class HintTests
{
    [Fact]
    public async Task A_hint_is_reported_when_nothing_better_comes()
    {
        await using var server = new ScriptedServer(static arrival => [arrival.Hint(WireStatus.CoinNotFound)]);
        await using var bridge = Bridges.Create();

        using var exchange = await bridge.Link(server.Address).GetKeyAsync(server.Seal());

        Assert.Equal((ExchangeOutcome.Hinted, WireStatus.CoinNotFound), (exchange.Outcome, exchange.Status));
        Assert.Equal((byte)25, exchange.StatusByte);
        Assert.True(exchange.IsHeaderError);
        Assert.Equal(2, exchange.Attempts);
    }

    [Fact]
    public async Task A_hint_waits_until_the_next_retransmission_has_had_its_time()
    {
        var time = new FakeTimeProvider();
        await using var server = new ScriptedServer(static arrival =>
            arrival.Index == 0 ? [arrival.Hint(WireStatus.Internal)] : []);
        var options = new UdpBridgeOptions { InitialRetransmission = TimeSpan.FromMilliseconds(300) };
        await using var bridge = Bridges.Create(options, time);
        var link = bridge.Link(server.Address);
        var call = link.EchoAsync(TimeSpan.FromSeconds(60), time);
        await Eventually.IsTrueAsync(() => link.Statistics.Hints == 1);

        time.AdvanceInSteps(TimeSpan.FromMilliseconds(299));
        Assert.Equal(1, link.Statistics.Sent);
        time.AdvanceInSteps(TimeSpan.FromMilliseconds(80));
        Assert.Equal(2, link.Statistics.Sent);
        time.AdvanceInSteps(TimeSpan.FromMilliseconds(500));
        Assert.False(call.IsCompleted);
        time.AdvanceInSteps(TimeSpan.FromMilliseconds(260));

        using var exchange = await call;
        Assert.Equal((ExchangeOutcome.Hinted, WireStatus.Internal), (exchange.Outcome, exchange.Status));
        Assert.Equal(2, link.Statistics.Sent);
    }

    [Fact]
    public async Task A_signed_answer_after_a_hint_wins()
    {
        await using var server = new ScriptedServer(static arrival => arrival.Index == 0
            ? [arrival.Hint(WireStatus.CoinNotFound)]
            : [arrival.Hint(WireStatus.Internal), arrival.Say(WireStatus.KeyNotFound)]);
        await using var bridge = Bridges.Create();

        using var exchange = await bridge.Link(server.Address).GetKeyAsync(server.Seal());

        Assert.Equal((ExchangeOutcome.Answered, WireStatus.KeyNotFound), (exchange.Outcome, exchange.Status));
        Assert.Equal(2, exchange.Attempts);
    }

    [Fact]
    public async Task A_hint_is_better_than_silence_at_the_deadline()
    {
        await using var server = new ScriptedServer(static arrival => [arrival.Hint(WireStatus.CoinNotFound)]);
        var options = Bridges.Calm with
        {
            InitialRetransmission = TimeSpan.FromSeconds(5),
            MaxRetransmission = TimeSpan.FromSeconds(5),
        };
        await using var bridge = Bridges.Create(options);
        var link = bridge.Link(server.Address);

        using var exchange = await link.GetKeyAsync(server.Seal(), wait: TimeSpan.FromMilliseconds(200));

        Assert.Equal((ExchangeOutcome.Hinted, 1), (exchange.Outcome, exchange.Attempts));
    }

    [Fact]
    public async Task An_unsigned_success_is_no_hint()
    {
        await using var server = new ScriptedServer(static arrival => [arrival.Hint(WireStatus.Success)]);
        await using var bridge = Bridges.Create();
        var link = bridge.Link(server.Address);

        using var exchange = await link.EchoAsync(TimeSpan.FromMilliseconds(100));

        Assert.Equal(ExchangeOutcome.TimedOut, exchange.Outcome);
        Assert.True(link.Statistics.Dropped(WireError.SignatureWrong) > 0);
    }
}
