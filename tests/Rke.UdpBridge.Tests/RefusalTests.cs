using System.Net;
using Microsoft.Extensions.Time.Testing;
using Rke.Wire;

namespace Rke.UdpBridge.Tests;

/// <summary>ICMP messages: the server is unreachable, or nothing listens at its address.</summary>
public abstract class RefusalTests(BridgeTransport transport) : TransportTests(transport)
{
    [Fact]
    public async Task A_refusal_is_reported_at_once()
    {
        var time = new FakeTimeProvider();
        await using var bridge = Bridges.Create(Bridges.Quick, time);
        var link = bridge.Link(ScriptedServer.ClosedPort());

        // The time does not advance, so only the refusal can end the request.
        using var exchange = await link.EchoAsync(time: time);

        Assert.Equal((ExchangeOutcome.Unreachable, 1), (exchange.Outcome, exchange.Attempts));
        Assert.True(exchange.IsUndelivered);
        Assert.Equal(1, link.Statistics.Refusals);
        Assert.Equal(0, link.Statistics.InFlight);
    }

    [Fact]
    public async Task A_refusal_of_several_requests_does_not_say_which_ones_were_delivered()
    {
        var time = new FakeTimeProvider();
        await using var server = ScriptedServer.Silent();
        using var icmp = IcmpSender.Create(server.Address.EndPoint.Address);
        await using var bridge = Bridges.Create(Bridges.Quick with { SocketsPerServer = 1 }, time);
        var link = bridge.Link(server.Address);
        var sending = new[] { link.EchoAsync(time: time).AsTask(), link.EchoAsync(time: time).AsTask() };
        await server.ReceivedAsync(2);

        icmp.Send(3, 3, server.Requests[0].Source, server.Address.EndPoint);

        foreach (var exchange in await Task.WhenAll(sending).WaitAsync(TestContext.Current.CancellationToken))
        {
            Assert.Equal((ExchangeOutcome.Unreachable, 1), (exchange.Outcome, exchange.Attempts));
            Assert.False(exchange.IsUndelivered);
            exchange.Dispose();
        }

        // The message of the second datagram can be late, so a message does not prove that the next datagram was lost.
        var next = link.EchoAsync(time: time).AsTask();
        await server.ReceivedAsync(3);
        icmp.Send(3, 3, server.Requests[0].Source, server.Address.EndPoint);
        await server.ReceivedAsync(4);
        icmp.Send(3, 3, server.Requests[0].Source, server.Address.EndPoint);
        using var last = await next.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal((ExchangeOutcome.Unreachable, 2), (last.Outcome, last.Attempts));
        Assert.False(last.IsUndelivered);
    }

    [Fact]
    public async Task Refusals_open_the_breaker()
    {
        var time = new FakeTimeProvider();
        await using var bridge = Bridges.Create(Bridges.Quick, time);
        var link = bridge.Link(ScriptedServer.ClosedPort());
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
    public async Task A_refusal_that_an_earlier_request_may_have_caused_repeats_the_datagram()
    {
        // A request on this socket has just ended without a response. A refusal may belong to it.
        var time = new FakeTimeProvider();
        var server = ScriptedServer.Silent();
        var address = server.Address;
        await using var bridge = Bridges.Create(Bridges.Quick, time);
        var link = bridge.Link(address);
        var first = link.EchoAsync(TimeSpan.FromMilliseconds(10), time);
        await server.ReceivedAsync(1);
        time.AdvanceInSteps(TimeSpan.FromMilliseconds(12));
        Assert.Equal(ExchangeOutcome.TimedOut, (await first).Outcome);
        await server.DisposeAsync();

        using var exchange = await link.EchoAsync(time: time);

        Assert.Equal((ExchangeOutcome.Unreachable, 2), (exchange.Outcome, exchange.Attempts));
        Assert.Equal(2, link.Statistics.Refusals);
    }

    /// <summary>Destination unreachable, time exceeded, and parameter problem are in RFC 792 and RFC 4443.</summary>
    [Theory]
    [InlineData("127.0.0.1", 3, 0)] // Network unreachable
    [InlineData("127.0.0.1", 3, 1)] // Host unreachable
    [InlineData("127.0.0.1", 3, 2)] // Protocol unreachable
    [InlineData("127.0.0.1", 3, 3)] // Port unreachable
    [InlineData("127.0.0.1", 3, 5)] // Source route failed
    [InlineData("127.0.0.1", 3, 6)] // Network unknown
    [InlineData("127.0.0.1", 3, 7)] // Host unknown
    [InlineData("127.0.0.1", 3, 9)] // Network prohibited
    [InlineData("127.0.0.1", 3, 10)] // Host prohibited
    [InlineData("127.0.0.1", 3, 13)] // Communication prohibited
    [InlineData("127.0.0.1", 11, 0)] // Time to live exceeded
    [InlineData("::1", 1, 0)] // No route
    [InlineData("::1", 1, 1)] // Communication prohibited
    [InlineData("::1", 1, 3)] // Address unreachable
    [InlineData("::1", 1, 4)] // Port unreachable
    [InlineData("::1", 1, 5)] // Source address failed policy
    [InlineData("::1", 1, 6)] // Route rejected
    [InlineData("::1", 3, 0)] // Hop limit exceeded
    public async Task An_ICMP_message_is_reported_at_once(string address, byte type, byte code)
    {
        var time = new FakeTimeProvider();
        await using var server = new ScriptedServer(static _ => [], address: IPAddress.Parse(address));
        using var icmp = IcmpSender.Create(server.Address.EndPoint.Address);
        await using var bridge = Bridges.Create(time: time);
        var link = bridge.Link(server.Address);
        var sending = link.EchoAsync(time: time).AsTask();
        await server.ReceivedAsync(1);

        icmp.Send(type, code, server.Requests[0].Source, server.Address.EndPoint);

        // The time does not advance, so only the message can end the request.
        using var exchange = await sending.WaitAsync(
            TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Equal((ExchangeOutcome.Unreachable, 1), (exchange.Outcome, exchange.Attempts));
        Assert.Equal(1, link.Statistics.Refusals);
    }

    [Fact]
    public async Task A_socket_still_receives_after_many_ICMP_messages()
    {
        // Linux keeps each message in the receive buffer until the socket removes it.
        const int Messages = 20_000;
        var time = new FakeTimeProvider();
        await using var server = new ScriptedServer(
            static request => request.Index == 0 ? [] : [request.Respond(WireStatus.Success)]);
        using var icmp = IcmpSender.Create(server.Address.EndPoint.Address);
        await using var bridge = Bridges.Create(Bridges.Calm with { BreakerThreshold = int.MaxValue }, time);
        var link = bridge.Link(server.Address);
        var sending = link.EchoAsync(time: time);
        await server.ReceivedAsync(1);
        for (var count = 0; count < Messages; count++)
        {
            icmp.Send(3, 1, server.Requests[0].Source, server.Address.EndPoint);
        }

        (await sending).Dispose();
        await Eventually.IsTrueAsync(async () =>
        {
            // The last messages can end this request, too.
            using var exchange = await link.EchoAsync(time: time);
            return exchange.Outcome == ExchangeOutcome.Answered;
        });

        Assert.All(server.Requests, request => Assert.Equal(server.Requests[0].Source, request.Source));
    }

    [Fact]
    public async Task A_server_that_starts_again_is_used_again()
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
            static request => [request.Respond(WireStatus.Success)], port: address.EndPoint.Port);
        using var exchange = await link.EchoAsync();

        Assert.Equal(ExchangeOutcome.Answered, exchange.Outcome);
    }
}

public class RefusalNativeTests() : RefusalTests(BridgeTransport.Native);

public class RefusalSocketTests() : RefusalTests(BridgeTransport.Sockets);
