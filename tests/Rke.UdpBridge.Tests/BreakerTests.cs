using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Rke.UdpBridge.Core;
using Rke.Wire;

namespace Rke.UdpBridge.Tests;

public abstract class BreakerTests(BridgeTransport transport) : TransportTests(transport)
{
    [Fact]
    public async Task Missing_responses_open_the_breaker_and_a_response_to_a_probe_closes_it()
    {
        var isBack = false;
        await using var server = new ScriptedServer(request =>
            Volatile.Read(ref isBack) ? [request.Respond(WireStatus.Success)] : []);
        await using var bridge = Bridges.Create(Bridges.Quick);
        var link = bridge.Configure([server.Address])[0];
        for (var count = 0; link.Statistics.Breaker == BreakerState.Closed; count++)
        {
            Assert.True(count < 20);
            using var silent = await link.EchoAsync(TimeSpan.FromMilliseconds(80));
            Assert.Equal(ExchangeOutcome.TimedOut, silent.Outcome);
        }

        Assert.True(link.Statistics.Count(ExchangeOutcome.TimedOut) >= 5);
        using (var refused = await link.GetKeyAsync(server.Encryption()))
        {
            Assert.Equal((ExchangeOutcome.BreakerOpen, 0), (refused.Outcome, refused.Attempts));
            Assert.NotNull(refused.RetryAfter);
        }

        var before = server.Requests.Count;
        await server.ReceivedAsync(before + 3);
        Assert.All(
            server.Requests.Skip(before), static request => Assert.Equal(new CommandCode(0, 0), request.Header.Code));

        Volatile.Write(ref isBack, true);
        await Eventually.IsTrueAsync(() => link.Statistics.Breaker == BreakerState.Closed);
        using var exchange = await link.EchoAsync();
        Assert.Equal(ExchangeOutcome.Answered, exchange.Outcome);
    }

    [Fact]
    public async Task A_failure_of_a_timer_is_logged_and_the_probes_continue()
    {
        var (logger, entropy) = (new FakeLogger<BridgeClient>(), new FailingEntropy());
        var closed = ScriptedServer.ClosedPort();
        await using var bridge = Bridges.Create(Bridges.Quick, entropy: entropy, logger: logger);
        var link = bridge.Configure([closed])[0];
        for (var count = 0; count < 5; count++)
        {
            (await link.EchoAsync()).Dispose();
        }

        Volatile.Write(ref entropy.Fails, true);
        await Eventually.IsTrueAsync(() => logger.Collector.GetSnapshot().Any(record => record.Id.Id == 2010));
        Volatile.Write(ref entropy.Fails, false);
        await using var server = new ScriptedServer(
            static request => [request.Respond(WireStatus.Success)], port: closed.EndPoint.Port);

        await Eventually.IsTrueAsync(() => link.Statistics.Breaker == BreakerState.Closed);
    }

    private sealed class FailingEntropy : IEntropySource
    {
        public bool Fails;

        public void Fill(Span<byte> destination) => (Volatile.Read(ref Fails)
            ? throw new InvalidOperationException("no randomness")
            : new SystemEntropy()).Fill(destination);
    }

    [Fact]
    public async Task The_next_request_is_the_trial_for_a_server_that_is_not_configured()
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
        await server.ReceivedAsync((int)link.Statistics.Sent);
        server.Send(server.Requests[^1].Respond(WireStatus.Success), server.Requests[^1].Source);
        Assert.Equal(ExchangeOutcome.Answered, (await trial).Outcome);
        Assert.Equal(BreakerState.Closed, link.Statistics.Breaker);
    }

    [Fact]
    public async Task Requests_that_end_before_a_retransmission_do_not_open_the_breaker()
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
    public void Intervals_between_trials_double_up_to_the_maximum()
    {
        var options = new UdpBridgeOptions { BreakerThreshold = 2 };
        var breaker = new CircuitBreaker(options);
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

public class BreakerNativeTests() : BreakerTests(BridgeTransport.Native);

public class BreakerSocketTests() : BreakerTests(BridgeTransport.Sockets);
