using Microsoft.Extensions.Time.Testing;
using Rke.Wire;

namespace Rke.UdpBridge.Tests;

public class BreakerTests
{
    [Fact]
    public async Task Silence_opens_it_probes_go_on_and_an_answer_closes_it()
    {
        var isBack = false;
        await using var server = new ScriptedServer(arrival =>
            Volatile.Read(ref isBack) ? [arrival.Say(WireStatus.Success)] : []);
        await using var bridge = Bridges.Create(Bridges.Quick);
        var link = bridge.Configure([server.Address])[0];
        for (var count = 0; link.Statistics.Breaker == BreakerState.Closed; count++)
        {
            Assert.True(count < 20);
            using var silent = await link.EchoAsync(TimeSpan.FromMilliseconds(80));
            Assert.Equal(ExchangeOutcome.TimedOut, silent.Outcome);
        }

        Assert.True(link.Statistics.Count(ExchangeOutcome.TimedOut) >= 5);
        using (var refused = await link.GetKeyAsync(server.Seal()))
        {
            Assert.Equal((ExchangeOutcome.BreakerOpen, 0), (refused.Outcome, refused.Attempts));
            Assert.NotNull(refused.RetryAfter);
        }

        var before = server.Arrivals.Count;
        await server.ArrivedAsync(before + 3);
        Assert.All(
            server.Arrivals.Skip(before), static arrival => Assert.Equal(new CommandCode(0, 0), arrival.Header.Code));

        Volatile.Write(ref isBack, true);
        await Eventually.IsTrueAsync(() => link.Statistics.Breaker == BreakerState.Closed);
        using var exchange = await link.EchoAsync();
        Assert.Equal(ExchangeOutcome.Answered, exchange.Outcome);
    }

    [Fact]
    public async Task A_server_that_is_not_configured_is_tried_with_the_next_request_instead()
    {
        var time = new FakeTimeProvider();
        await using var server = ScriptedServer.Silent();
        await using var bridge = Bridges.Create(Bridges.Quick, time);
        var link = bridge.Link(server.Address);
        for (var count = 0; count < 5; count++)
        {
            var call = link.EchoAsync(TimeSpan.FromMilliseconds(100), time);
            time.AdvanceInSteps(TimeSpan.FromMilliseconds(110));
            (await call).Dispose();
        }

        Assert.Equal(BreakerState.Open, link.Statistics.Breaker);
        var sent = link.Statistics.Sent;
        time.AdvanceInSteps(TimeSpan.FromSeconds(30));
        Assert.Equal(sent, link.Statistics.Sent);

        var trial = link.EchoAsync(time: time);
        Assert.Equal(BreakerState.Probing, link.Statistics.Breaker);
        using var other = await link.EchoAsync(time: time);
        Assert.Equal(ExchangeOutcome.BreakerOpen, other.Outcome);
        await server.ArrivedAsync((int)link.Statistics.Sent);
        server.Send(server.Arrivals[^1].Say(WireStatus.Success), server.Arrivals[^1].Source);
        Assert.Equal(ExchangeOutcome.Answered, (await trial).Outcome);
        Assert.Equal(BreakerState.Closed, link.Statistics.Breaker);
    }

    [Fact]
    public async Task Callers_who_hardly_wait_say_nothing_of_the_server()
    {
        var time = new FakeTimeProvider();
        await using var server = ScriptedServer.Silent();
        await using var bridge = Bridges.Create(Bridges.Quick, time);
        var link = bridge.Link(server.Address);
        for (var count = 0; count < 20; count++)
        {
            var call = link.EchoAsync(TimeSpan.FromMilliseconds(5), time);
            time.AdvanceInSteps(TimeSpan.FromMilliseconds(6));
            Assert.Equal(ExchangeOutcome.TimedOut, (await call).Outcome);
        }

        Assert.Equal(BreakerState.Closed, link.Statistics.Breaker);
    }

    [Fact]
    public void Pauses_between_trials_double_up_to_the_longest()
    {
        var options = new UdpBridgeOptions { BreakerThreshold = 2 };
        var breaker = new Breaker(options);
        Assert.False(breaker.OnSilence(default, 0.5));
        Assert.True(breaker.OnSilence(default, 0.5));
        var now = TimeSpan.Zero;
        double[] pauses = [0.5, 1, 2, 4, 8, 10, 10];
        foreach (var pause in pauses)
        {
            Assert.Equal(TimeSpan.FromSeconds(pause), breaker.NextTrial - now);
            Assert.False(breaker.TryBeginTrial(breaker.NextTrial - TimeSpan.FromTicks(1)));
            now = breaker.NextTrial;
            Assert.True(breaker.TryBeginTrial(now));
            Assert.False(breaker.TryBeginTrial(now));
            breaker.OnTrialFailed(now, 0.5);
        }

        Assert.True(breaker.OnAlive());
        Assert.False(breaker.OnSilence(now, 0.5));
        Assert.False(breaker.OnAlive());
        Assert.False(breaker.OnSilence(now, 0.5));
    }
}
