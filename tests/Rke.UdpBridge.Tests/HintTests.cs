using Microsoft.Extensions.Time.Testing;
using Rke.Wire;

namespace Rke.UdpBridge.Tests;

/// <summary>Unsigned errors: docs/WIRE.md §4.</summary>
public abstract class HintTests(BridgeTransport transport) : TransportTests(transport)
{
    [Fact]
    public async Task A_hint_is_reported_if_no_signed_response_arrives()
    {
        await using var server = new ScriptedServer(static request => [request.Hint(WireStatus.CoinNotFound)]);
        await using var bridge = Bridges.Create();

        using var exchange = await bridge.Link(server.Address).GetKeyAsync(server.Encryption());

        Assert.Equal((ExchangeOutcome.Hinted, WireStatus.CoinNotFound), (exchange.Outcome, exchange.Status));
        Assert.Equal((byte)25, exchange.StatusByte);
        Assert.True(exchange.IsHeaderError);
        Assert.Equal(2, exchange.Attempts);
    }

    [Fact]
    public async Task A_hint_is_kept_until_the_wait_after_the_next_retransmission_ends()
    {
        var time = new FakeTimeProvider();
        await using var server = new ScriptedServer(static request =>
            request.Index == 0 ? [request.Hint(WireStatus.Internal)] : []);
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
    public async Task A_signed_response_after_a_hint_is_the_result()
    {
        await using var server = new ScriptedServer(static request => request.Index == 0
            ? [request.Hint(WireStatus.CoinNotFound)]
            : [request.Hint(WireStatus.Internal), request.Respond(WireStatus.KeyNotFound)]);
        await using var bridge = Bridges.Create();

        using var exchange = await bridge.Link(server.Address).GetKeyAsync(server.Encryption());

        Assert.Equal((ExchangeOutcome.Answered, WireStatus.KeyNotFound), (exchange.Outcome, exchange.Status));
        Assert.Equal(2, exchange.Attempts);
    }

    [Fact]
    public async Task A_hint_is_reported_at_the_deadline()
    {
        await using var server = new ScriptedServer(static request => [request.Hint(WireStatus.CoinNotFound)]);
        var options = Bridges.Calm with
        {
            InitialRetransmission = TimeSpan.FromSeconds(5),
            MaxRetransmission = TimeSpan.FromSeconds(5),
        };
        await using var bridge = Bridges.Create(options);
        var link = bridge.Link(server.Address);

        using var exchange = await link.GetKeyAsync(server.Encryption(), wait: TimeSpan.FromMilliseconds(200));

        Assert.Equal((ExchangeOutcome.Hinted, 1), (exchange.Outcome, exchange.Attempts));
    }

    [Fact]
    public async Task An_unsigned_success_is_not_a_hint()
    {
        await using var server = new ScriptedServer(static request => [request.Hint(WireStatus.Success)]);
        await using var bridge = Bridges.Create();
        var link = bridge.Link(server.Address);

        using var exchange = await link.EchoAsync(TimeSpan.FromMilliseconds(100));

        Assert.Equal(ExchangeOutcome.TimedOut, exchange.Outcome);
        Assert.True(link.Statistics.Dropped(WireError.SignatureWrong) > 0);
    }
}

public class HintNativeTests() : HintTests(BridgeTransport.Native);

public class HintSocketTests() : HintTests(BridgeTransport.Sockets);
