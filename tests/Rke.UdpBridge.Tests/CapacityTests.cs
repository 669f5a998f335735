using Microsoft.Extensions.Time.Testing;

namespace Rke.UdpBridge.Tests;

public class CapacityTests
{
    [Theory]
    [InlineData(10, 1000)]
    [InlineData(1000, 10)]
    public async Task More_than_the_bound_is_refused_at_once(int perServer, int inAll)
    {
        var time = new FakeTimeProvider();
        await using var server = ScriptedServer.Silent();
        await using var bridge = Bridges.Create(
            Bridges.Quick with { MaxInFlightPerServer = perServer, MaxInFlight = inAll }, time);
        var link = bridge.Link(server.Address);
        using var cancellation = new CancellationTokenSource();
        var waiting = Enumerable.Range(0, 10)
            .Select(_ => link.EchoAsync(time: time, cancellation: cancellation.Token).AsTask()).ToArray();
        Assert.Equal(10, link.Statistics.InFlight);

        using (var refused = await link.EchoAsync(time: time))
        {
            Assert.Equal((ExchangeOutcome.Overloaded, 0), (refused.Outcome, refused.Attempts));
            Assert.NotNull(refused.RetryAfter);
        }

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(waiting));
        var call = link.EchoAsync(time: time);
        Assert.Equal((false, 1), (call.IsCompleted, link.Statistics.InFlight));
    }

    [Fact]
    public async Task Ten_thousand_in_flight_all_end_in_time()
    {
        var time = new FakeTimeProvider();
        await using var server = ScriptedServer.Silent();
        await using var bridge = Bridges.Create(new() { MaxInFlightPerServer = 10_000 }, time);
        var link = bridge.Link(server.Address);
        var calls = Enumerable.Range(0, 10_000)
            .Select(index => link.EchoAsync(TimeSpan.FromMilliseconds(1 + index), time).AsTask()).ToArray();

        // Two milliseconds are a tick of the wheel: a call ends in the tick of its deadline, none before.
        for (var now = 0; now < 10_000; now += 1000)
        {
            Assert.Equal(10_000 - now, link.Statistics.InFlight);
            time.AdvanceInSteps(TimeSpan.FromMilliseconds(1000));
        }

        time.AdvanceInSteps(TimeSpan.FromMilliseconds(2));
        var ends = await Task.WhenAll(calls);
        Assert.All(ends, static end => Assert.Equal(ExchangeOutcome.TimedOut, end.Outcome));
    }
}
