using Microsoft.Extensions.Time.Testing;
using Rke.Wire;

namespace Rke.UdpBridge.Tests;

public abstract class RetransmissionTests(BridgeTransport transport) : TransportTests(transport)
{
    private static readonly UdpBridgeOptions Slow = new()
    {
        InitialRetransmission = TimeSpan.FromMilliseconds(300),
        MinRetransmission = TimeSpan.FromMilliseconds(50),
        MaxRetransmission = TimeSpan.FromSeconds(2),
    };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_lost_datagram_is_sent_again_byte_for_byte(int lost)
    {
        await using var server = new ScriptedServer(request =>
            request.Index < lost ? [] : [request.Respond(WireStatus.KeyNotFound)]);
        var time = new FakeTimeProvider();
        await using var bridge = Bridges.Create(Slow, time);
        var link = bridge.Link(server.Address);
        var call = link.GetKeyAsync(server.Encryption(), wait: TimeSpan.FromSeconds(60), time: time);
        for (var count = 1; count <= lost; count++)
        {
            await server.ReceivedAsync(count);
            while (link.Statistics.Sent == count)
            {
                time.AdvanceInSteps(TimeSpan.FromMilliseconds(10));
            }
        }

        using var exchange = await call;

        Assert.Equal(ExchangeOutcome.Answered, exchange.Outcome);
        Assert.Equal(lost + 1, exchange.Attempts);
        Assert.All(server.Requests, request => Assert.Equal(server.Requests[0].Bytes, request.Bytes));

        // After four datagrams without a response, the port may be dead.
        Assert.Single(server.Requests.Take(4).Select(static request => request.Source).Distinct());
        Assert.Equal(lost / 4, link.Statistics.ReplacedSockets);
        Assert.Equal(lost, link.Statistics.Retransmitted);
        Assert.Equal(lost > 0, link.Statistics.Loss > 0);
    }

    [Fact]
    public async Task Waits_double_with_jitter_up_to_the_maximum()
    {
        var time = new FakeTimeProvider();
        await using var server = ScriptedServer.Silent();
        await using var bridge = Bridges.Create(Slow, time);
        var link = bridge.Link(server.Address);
        var call = link.EchoAsync(TimeSpan.FromSeconds(60), time);
        double[] waits = [300, 600, 1200, 2000, 2000, 2000];

        for (var index = 0; index < waits.Length; index++)
        {
            await server.ReceivedAsync(index + 1);
            time.AdvanceInSteps(TimeSpan.FromMilliseconds(waits[index] - 5));
            Assert.Equal(index + 1, link.Statistics.Sent);

            // The jitter is at most a quarter. A tick of the wheel comes on top.
            var step = 0;
            for (; link.Statistics.Sent == index + 1; step++)
            {
                Assert.True(step <= (waits[index] / 4) + 10, $"Datagram {index + 2} is late.");
                time.AdvanceInSteps(TimeSpan.FromMilliseconds(1));
            }
        }

        Assert.False(call.IsCompleted);
    }

    [Fact]
    public async Task The_schedule_follows_round_trip_times()
    {
        var time = new FakeTimeProvider();
        var echoing = true;
        await using var server = new ScriptedServer(request =>
        {
            if (!echoing)
            {
                return [];
            }

            time.AdvanceInSteps(TimeSpan.FromMilliseconds(100));
            return [request.Respond(WireStatus.Success)];
        });
        await using var bridge = Bridges.Create(Slow, time);
        var link = bridge.Link(server.Address);
        for (var count = 0; count < 40; count++)
        {
            using var exchange = await link.EchoAsync(TimeSpan.FromSeconds(60), time);
            Assert.Equal((1, TimeSpan.FromMilliseconds(100)), (exchange.Attempts, exchange.RoundTrip));
        }

        Assert.Equal(100, link.Statistics.SmoothedRoundTrip!.Value.TotalMilliseconds, 1.0);
        Assert.InRange(link.Statistics.RetransmissionTimeout.TotalMilliseconds, 100, 105);

        echoing = false;
        var call = link.EchoAsync(TimeSpan.FromSeconds(60), time);
        await server.ReceivedAsync(41);
        time.AdvanceInSteps(TimeSpan.FromMilliseconds(99));
        Assert.Equal(41, link.Statistics.Sent);
        time.AdvanceInSteps(TimeSpan.FromMilliseconds(35));
        Assert.Equal(42, link.Statistics.Sent);
        Assert.False(call.IsCompleted);
    }

    [Fact]
    public async Task The_deadline_ends_the_request()
    {
        var time = new FakeTimeProvider();
        await using var server = ScriptedServer.Silent();
        await using var bridge = Bridges.Create(Slow, time);
        var link = bridge.Link(server.Address);
        var call = link.EchoAsync(TimeSpan.FromMilliseconds(700), time);

        time.AdvanceInSteps(TimeSpan.FromMilliseconds(699));
        Assert.False(call.IsCompleted);
        time.AdvanceInSteps(TimeSpan.FromMilliseconds(2));
        using var exchange = await call;

        Assert.Equal((ExchangeOutcome.TimedOut, 2), (exchange.Outcome, exchange.Attempts));
        Assert.Equal(0, link.Statistics.InFlight);
        time.AdvanceInSteps(TimeSpan.FromSeconds(30));
        Assert.Equal(2, link.Statistics.Sent);
    }

    [Fact]
    public async Task Nothing_is_sent_after_the_deadline()
    {
        await using var server = ScriptedServer.Silent();
        await using var bridge = Bridges.Create();
        var link = bridge.Link(server.Address);

        using var exchange = await link.EchoAsync(TimeSpan.FromMilliseconds(-1));

        Assert.Equal((ExchangeOutcome.TimedOut, 0), (exchange.Outcome, exchange.Attempts));
        Assert.Equal(0, link.Statistics.Sent);
    }

    [Fact]
    public async Task Cancelling_stops_retransmissions_at_once()
    {
        var time = new FakeTimeProvider();
        await using var server = ScriptedServer.Silent();
        await using var bridge = Bridges.Create(Slow, time);
        var link = bridge.Link(server.Address);
        using var cancellation = new CancellationTokenSource();
        var call = link.EchoAsync(TimeSpan.FromSeconds(60), time, cancellation.Token);
        time.AdvanceInSteps(TimeSpan.FromMilliseconds(400));
        await server.ReceivedAsync(2);

        await cancellation.CancelAsync();

        var thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await call);
        Assert.Equal(cancellation.Token, thrown.CancellationToken);
        Assert.Equal(0, link.Statistics.InFlight);
        time.AdvanceInSteps(TimeSpan.FromSeconds(60));

        // The datagram of another request arrives after all datagrams of the cancelled request.
        var last = link.GetKeyAsync(server.Encryption(), time: time);
        await server.ReceivedAsync(3);
        Assert.Equal(1, server.Requests[2].Header.EncryptionType);
        Assert.Equal(1, link.Statistics.Cancelled);
        await bridge.DisposeAsync();
        Assert.Equal(ExchangeOutcome.Closed, (await last).Outcome);
    }

    [Fact]
    public async Task A_request_with_a_cancelled_token_is_not_sent()
    {
        await using var server = ScriptedServer.Silent();
        await using var bridge = Bridges.Create();
        var link = bridge.Link(server.Address);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await link.EchoAsync(cancellation: new CancellationToken(canceled: true)));

        Assert.Equal(0, link.Statistics.Sent);
    }
}

public class RetransmissionNativeTests() : RetransmissionTests(BridgeTransport.Native);

public class RetransmissionSocketTests() : RetransmissionTests(BridgeTransport.Sockets);
