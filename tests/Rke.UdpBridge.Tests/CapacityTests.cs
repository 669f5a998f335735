using Microsoft.Extensions.Time.Testing;

namespace Rke.UdpBridge.Tests;

public abstract class CapacityTests(BridgeTransport transport) : TransportTests(transport)
{
    [Theory]
    [InlineData(10, 1000)]
    [InlineData(1000, 10)]
    public async Task Requests_above_the_limit_are_rejected_at_once(int perServer, int inAll)
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
    public async Task Ten_thousand_requests_in_flight_end_at_their_deadlines()
    {
        var time = new FakeTimeProvider();
        await using var server = ScriptedServer.Silent();
        await using var bridge = Bridges.Create(new() { MaxInFlightPerServer = 10_000 }, time);
        var link = bridge.Link(server.Address);
        var calls = Enumerable.Range(0, 10_000)
            .Select(index => link.EchoAsync(TimeSpan.FromMilliseconds(1 + index), time).AsTask()).ToArray();

        // A tick of the wheel is 2 ms. A request ends in the tick of its deadline, and not earlier.
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

public class CapacityNativeTests() : CapacityTests(BridgeTransport.Native);

public class CapacitySocketTests() : CapacityTests(BridgeTransport.Sockets);
