using Microsoft.Extensions.Time.Testing;
using Rke.Wire;

namespace Rke.UdpBridge.Tests;

/// <summary>ICMP says that nothing listens.</summary>
public class RefusalTests
{
    [Fact]
    public async Task A_refusal_is_reported_at_once()
    {
        var time = new FakeTimeProvider();
        await using var bridge = Bridges.Create(Bridges.Quick, time);
        var link = bridge.Link(ScriptedServer.Nobody());

        // Time stands still: only the refusal can end this.
        using var exchange = await link.EchoAsync(time: time);

        Assert.Equal((ExchangeOutcome.Unreachable, 1), (exchange.Outcome, exchange.Attempts));
        Assert.Equal(1, link.Statistics.Refusals);
        Assert.Equal(0, link.Statistics.InFlight);
    }

    [Fact]
    public async Task Refusals_open_the_breaker()
    {
        var time = new FakeTimeProvider();
        await using var bridge = Bridges.Create(Bridges.Quick, time);
        var link = bridge.Link(ScriptedServer.Nobody());
        for (var count = 0; count < 5; count++)
        {
            using var refused = await link.EchoAsync(time: time);
            Assert.Equal(ExchangeOutcome.Unreachable, refused.Outcome);
        }

        using var exchange = await link.EchoAsync(time: time);

        Assert.Equal(ExchangeOutcome.BreakerOpen, exchange.Outcome);
        Assert.True(exchange.RetryAfter > TimeSpan.Zero);
        Assert.Equal(5, link.Statistics.Sent);
    }

    [Fact]
    public async Task A_refusal_that_may_be_an_earlier_calls_makes_later_calls_ask_again()
    {
        // A socket on which a call has just ended unanswered: a refusal may be that call's own.
        var time = new FakeTimeProvider();
        var server = ScriptedServer.Silent();
        var address = server.Address;
        await using var bridge = Bridges.Create(Bridges.Quick, time);
        var link = bridge.Link(address);
        var first = link.EchoAsync(TimeSpan.FromMilliseconds(10), time);
        await server.ArrivedAsync(1);
        time.AdvanceInSteps(TimeSpan.FromMilliseconds(12));
        Assert.Equal(ExchangeOutcome.TimedOut, (await first).Outcome);
        await server.DisposeAsync();

        using var exchange = await link.EchoAsync(time: time);

        Assert.Equal((ExchangeOutcome.Unreachable, 2), (exchange.Outcome, exchange.Attempts));
        Assert.Equal(2, link.Statistics.Refusals);
    }

    [Fact]
    public async Task A_server_that_comes_back_is_used_again()
    {
        var server = ScriptedServer.Echoing();
        var address = server.Address;
        await server.DisposeAsync();
        await using var bridge = Bridges.Create();
        var link = bridge.Link(address);
        using (var refused = await link.EchoAsync())
        {
            Assert.Equal(ExchangeOutcome.Unreachable, refused.Outcome);
        }

        await using var again = new ScriptedServer(
            static arrival => [arrival.Say(WireStatus.Success)], port: address.EndPoint.Port);
        using var exchange = await link.EchoAsync();

        Assert.Equal(ExchangeOutcome.Answered, exchange.Outcome);
    }
}
