using Microsoft.Extensions.Time.Testing;
using Rke.Wire;

namespace Rke.UdpBridge.Tests;

/// <summary>The links that the bridge keeps, and for how long.</summary>
public abstract class LinkTests(BridgeTransport transport) : TransportTests(transport)
{
    [Fact]
    public async Task One_address_has_one_link()
    {
        await using var bridge = Bridges.Create();
        var address = ScriptedServer.ClosedPort();

        Assert.Same(bridge.Link(address), bridge.Link(address with { }));
        Assert.NotSame(bridge.Link(address), bridge.Link(address with { RaidaId = 8 }));
        Assert.Equal(2, bridge.Links.Count);
    }

    [Fact]
    public async Task Idle_links_are_removed_unless_their_server_is_configured()
    {
        var time = new FakeTimeProvider();
        await using var server = ScriptedServer.Echoing();
        await using var bridge = Bridges.Create(time: time);
        var kept = bridge.Configure([ScriptedServer.ClosedPort()])[0];
        var other = bridge.Link(server.Address);
        (await other.EchoAsync(time: time)).Dispose();

        time.AdvanceInSteps(TimeSpan.FromSeconds(59));
        Assert.Contains(other, bridge.Links);
        time.AdvanceInSteps(TimeSpan.FromMinutes(1));

        Assert.Equal([kept], bridge.Links);

        // A caller that still holds the link can use it.
        using var exchange = await other.EchoAsync(time: time);
        Assert.Equal(ExchangeOutcome.Answered, exchange.Outcome);
        Assert.Contains(other, bridge.Links);
    }

    [Fact]
    public async Task A_link_with_a_request_in_flight_is_not_removed()
    {
        var time = new FakeTimeProvider();
        await using var server = ScriptedServer.Silent();
        await using var bridge = Bridges.Create(time: time);
        var link = bridge.Link(server.Address);
        var call = link.EchoAsync(TimeSpan.FromMinutes(10), time);
        time.AdvanceInSteps(TimeSpan.FromMinutes(5));

        Assert.Contains(link, bridge.Links);
        await server.ReceivedAsync((int)link.Statistics.Sent);

        // The sockets that received nothing are replaced, so only the last one still receives.
        server.Send(server.Requests[^1].Respond(WireStatus.Success), server.Requests[^1].Source);
        Assert.Equal(ExchangeOutcome.Answered, (await call).Outcome);
    }

    [Fact]
    public async Task The_link_that_was_unused_for_the_longest_time_is_removed_first()
    {
        var time = new FakeTimeProvider();
        await using var bridge = Bridges.Create(Bridges.Quick with { MaxOtherServers = 3 }, time);
        var address = ScriptedServer.ClosedPort();
        var links = Enumerable.Range(0, 3).Select(id =>
        {
            time.AdvanceInSteps(TimeSpan.FromSeconds(1));
            return bridge.Link(address with { RaidaId = (byte)id });
        }).ToList();
        time.AdvanceInSteps(TimeSpan.FromSeconds(1));
        (await links[0].EchoAsync(time: time)).Dispose();

        var fourth = bridge.Link(address with { RaidaId = 3 });

        Assert.Equal([links[0], links[2], fourth], bridge.Links.OrderBy(static link => link.Address.RaidaId));
    }

    [Fact]
    public async Task A_new_link_is_overloaded_if_all_links_are_in_use()
    {
        var time = new FakeTimeProvider();
        await using var server = ScriptedServer.Silent();
        await using var bridge = Bridges.Create(Bridges.Quick with { MaxOtherServers = 1 }, time);
        var busy = bridge.Link(server.Address).EchoAsync(TimeSpan.FromSeconds(1), time);
        var another = bridge.Link(server.Address with { RaidaId = 9 });
        using (var refused = await another.EchoAsync(time: time))
        {
            Assert.Equal(ExchangeOutcome.Overloaded, refused.Outcome);
        }

        time.AdvanceInSteps(TimeSpan.FromSeconds(2));
        (await busy).Dispose();
        var call = another.EchoAsync(time: time);
        Assert.Equal((false, 1), (call.IsCompleted, another.Statistics.InFlight));
    }

    [Fact]
    public async Task A_new_configuration_ends_no_request()
    {
        await using var server = new ScriptedServer(static request =>
            request.Index == 0 ? [] : [request.Respond(WireStatus.Success)]);
        await using var bridge = Bridges.Create();
        var link = bridge.Configure([server.Address])[0];
        var call = link.EchoAsync();
        Assert.Empty(bridge.Configure([]));
        Assert.False(link.IsConfigured);

        using var exchange = await call;

        Assert.Equal(ExchangeOutcome.Answered, exchange.Outcome);
        Assert.Same(link, bridge.Configure([server.Address, server.Address])[1]);
    }

    [Fact]
    public async Task Disposing_ends_the_requests_in_flight()
    {
        await using var server = ScriptedServer.Silent();
        var bridge = Bridges.Create();
        var link = bridge.Link(server.Address);
        var calls = Enumerable.Range(0, 20).Select(_ => link.EchoAsync().AsTask()).ToArray();

        await bridge.DisposeAsync();

        Assert.All(await Task.WhenAll(calls), static end => Assert.Equal(ExchangeOutcome.Closed, end.Outcome));
        using var late = await link.EchoAsync();
        Assert.Equal(ExchangeOutcome.Closed, late.Outcome);
        using var later = await bridge.Link(server.Address with { RaidaId = 1 }).EchoAsync();
        Assert.Equal(ExchangeOutcome.Closed, later.Outcome);
        await bridge.DisposeAsync();
    }

    [Fact]
    public async Task An_invalid_option_is_named()
    {
        var thrown = Assert.Throws<ArgumentException>(
            () => Bridges.Create(new() { SocketsPerServer = 0, BreakerThreshold = 0 }));
        Assert.Contains("SocketsPerServer is 0: it must be 1 to 64.", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("BreakerThreshold", thrown.Message, StringComparison.Ordinal);
        Assert.Empty(new UdpBridgeOptions().Problems());
        await using var bridge = Bridges.Create();
    }

    [Fact]
    public async Task A_socket_that_fails_repeatedly_is_replaced_and_its_requests_continue()
    {
        await using var server = new ScriptedServer(
            static request => request.Index == 0 ? [] : [request.Respond(WireStatus.Success)]);
        await using var bridge = Bridges.Create();
        var link = bridge.Link(server.Address);
        var call = link.EchoAsync();
        await server.ReceivedAsync(1);
        var broken = (ServerPath)link.Paths[0];

        link.HandleBroken(broken, System.Net.Sockets.SocketError.NetworkDown);
        link.HandleBroken(broken, System.Net.Sockets.SocketError.NetworkDown);

        using var exchange = await call;
        Assert.Equal(ExchangeOutcome.Answered, exchange.Outcome);
        Assert.NotSame(broken, Assert.Single(link.Paths));
        Assert.NotEqual(server.Requests[0].Source, server.Requests[1].Source);
        Assert.Equal(server.Requests[0].Bytes, server.Requests[1].Bytes);
    }

    [Fact]
    public async Task A_request_that_cannot_be_sent_fails_at_once()
    {
        await using var bridge = Bridges.Create();

        // A socket without the option SO_BROADCAST may not send to a broadcast address.
        var broadcast = new System.Net.IPEndPoint(System.Net.IPAddress.Broadcast, 9);
        using var exchange = await bridge.Link(new(WireProfile.Rke, 6, 0, broadcast)).EchoAsync();

        Assert.Equal(ExchangeOutcome.SendFailed, exchange.Outcome);
        Assert.Equal(0, exchange.Attempts);
    }
}

public class LinkNativeTests() : LinkTests(BridgeTransport.Native);

public class LinkSocketTests() : LinkTests(BridgeTransport.Sockets);
