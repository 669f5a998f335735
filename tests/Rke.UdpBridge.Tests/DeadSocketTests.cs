using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Rke.Wire;

namespace Rke.UdpBridge.Tests;

/// <summary>Sockets that do not work any more, while the server is reachable from other ports.</summary>
public abstract class DeadSocketTests(BridgeTransport transport) : TransportTests(transport)
{
    private const int SocketsReplaced = 2009;

    [Fact]
    public async Task Sockets_that_cannot_send_are_replaced_and_no_request_fails()
    {
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>();
        using var replaced = new MetricCollector<long>(meters, "Rke.UdpBridge", "rke.udp.sockets.replaced");
        var time = new FakeTimeProvider();
        var logger = new FakeLogger<BridgeClient>();
        var ports = new SwitchableTransport(Bridges.OpenTransport());
        await using var server = ScriptedServer.Echoing();
        await using var bridge = Bridges.CreateOver(ports, time: time, logger: logger, meters: meters);
        var link = bridge.Configure([server.Address])[0];
        (await link.EchoAsync(time: time)).Dispose();
        time.Advance(TimeSpan.FromSeconds(2));
        ports.FailOpenPorts();

        for (var count = 0; count < 50; count++)
        {
            using var exchange = await link.EchoAsync(time: time);
            Assert.Equal(ExchangeOutcome.Answered, exchange.Outcome);
        }

        Assert.Equal((4, 8), (link.Statistics.ReplacedSockets, ports.Opened));
        var measurements = replaced.GetMeasurementSnapshot();
        Assert.Equal(4, measurements.Sum(static measurement => measurement.Value));
        Assert.All(measurements, static measurement => Assert.Equal("SendFailed", measurement.Tags["reason"]));
        var logged = Logged(logger);
        Assert.All(logged, static entry => Assert.Equal(LogLevel.Warning, entry.Level));
        Assert.Contains("SendFailed", logged[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_failures_open_the_breaker_and_a_probe_from_a_new_socket_closes_it()
    {
        var time = new FakeTimeProvider();
        var logger = new FakeLogger<BridgeClient>();
        var ports = new SwitchableTransport(Bridges.OpenTransport()) { AlwaysFails = true };
        await using var server = ScriptedServer.Echoing();
        await using var bridge = Bridges.CreateOver(ports, time: time, logger: logger);
        var link = bridge.Configure([server.Address])[0];
        for (var count = 0; count < 5; count++)
        {
            using var failed = await link.EchoAsync(time: time);
            Assert.Equal(ExchangeOutcome.SendFailed, failed.Outcome);
        }

        Assert.Equal(BreakerState.Open, link.Statistics.Breaker);
        using (var rejected = await link.EchoAsync(time: time))
        {
            Assert.Equal(ExchangeOutcome.BreakerOpen, rejected.Outcome);
        }

        // One warning for the whole outage.
        time.AdvanceInSteps(TimeSpan.FromSeconds(10));
        Assert.Single(Logged(logger), static entry => entry.Level == LogLevel.Warning);

        ports.FailOpenPorts();
        ports.AlwaysFails = false;
        await Eventually.IsTrueAsync(() =>
        {
            time.AdvanceInSteps(TimeSpan.FromMilliseconds(20));
            return link.Statistics.Breaker == BreakerState.Closed;
        });

        using var exchange = await link.EchoAsync(time: time);
        Assert.Equal(ExchangeOutcome.Answered, exchange.Outcome);
    }

    [Fact]
    public async Task A_request_continues_from_a_new_port_if_nothing_arrives_at_the_old_ports()
    {
        var logger = new FakeLogger<BridgeClient>();
        var dead = new ConcurrentDictionary<int, bool>();
        await using var server = new ScriptedServer(request =>
            dead.ContainsKey(request.Source.Port) ? [] : [request.Respond(WireStatus.Success)]);
        await using var bridge = Bridges.Create(Bridges.Quick, logger: logger);
        var link = bridge.Configure([server.Address])[0];
        foreach (var port in await PortsAsync(server, link))
        {
            dead[port] = true;
        }

        using (var exchange = await link.EchoAsync(TimeSpan.FromSeconds(8)))
        {
            Assert.Equal(ExchangeOutcome.Answered, exchange.Outcome);
        }

        Assert.Contains(Logged(logger), static entry =>
            entry.Level == LogLevel.Information && entry.Message.Contains("Silent", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Silent_ports_are_not_used_any_more_although_each_request_is_short()
    {
        var dead = new ConcurrentDictionary<int, bool>();
        await using var server = new ScriptedServer(request =>
            dead.ContainsKey(request.Source.Port) ? [] : [request.Respond(WireStatus.Success)]);
        await using var bridge = Bridges.Create(Bridges.Quick);
        var link = bridge.Configure([server.Address])[0];
        foreach (var port in await PortsAsync(server, link))
        {
            dead[port] = true;
        }

        await Eventually.IsTrueAsync(async () =>
        {
            using var exchange = await link.EchoAsync(TimeSpan.FromMilliseconds(100));
            return exchange.Outcome == ExchangeOutcome.Answered;
        });

        for (var count = 0; count < 50; count++)
        {
            using var exchange = await link.EchoAsync(TimeSpan.FromSeconds(8));
            Assert.Equal(ExchangeOutcome.Answered, exchange.Outcome);
        }

        var before = server.Requests.Count;
        for (var count = 0; count < 50; count++)
        {
            (await link.EchoAsync()).Dispose();
        }

        Assert.DoesNotContain(server.Requests.Skip(before), request => dead.ContainsKey(request.Source.Port));
    }

    [Fact]
    public async Task One_silent_port_is_replaced_while_the_others_receive_responses()
    {
        var dead = new ConcurrentDictionary<int, bool>();
        await using var server = new ScriptedServer(request =>
            dead.ContainsKey(request.Source.Port) ? [] : [request.Respond(WireStatus.Success)]);
        await using var bridge = Bridges.Create(Bridges.Quick);
        var link = bridge.Configure([server.Address])[0];
        dead[(await PortsAsync(server, link))[0]] = true;

        await Eventually.IsTrueAsync(async () =>
        {
            (await link.EchoAsync(TimeSpan.FromMilliseconds(150))).Dispose();
            return link.Statistics.ReplacedSockets > 0;
        });

        Assert.Equal((1, BreakerState.Closed), (link.Statistics.ReplacedSockets, link.Statistics.Breaker));
        var before = server.Requests.Count;
        for (var count = 0; count < 50; count++)
        {
            (await link.EchoAsync()).Dispose();
        }

        Assert.DoesNotContain(server.Requests.Skip(before), request => dead.ContainsKey(request.Source.Port));
    }

    [Fact]
    public async Task A_socket_that_breaks_while_it_starts_is_replaced()
    {
        var time = new FakeTimeProvider();
        var ports = new SwitchableTransport(Bridges.OpenTransport()) { BreaksAtStart = true };
        await using var server = ScriptedServer.Echoing();
        await using var bridge = Bridges.CreateOver(ports, time: time);
        var link = bridge.Link(server.Address);
        using (var failed = await link.EchoAsync(time: time))
        {
            Assert.Equal(ExchangeOutcome.SendFailed, failed.Outcome);
        }

        // The bridge does not open one socket after the other.
        Assert.Equal(1, ports.Opened);

        ports.BreaksAtStart = false;
        time.Advance(TimeSpan.FromSeconds(2));
        using var exchange = await link.EchoAsync(time: time);

        Assert.Equal(ExchangeOutcome.Answered, exchange.Outcome);
        Assert.Equal(2, ports.Opened);
    }

    /// <summary>The source ports of the link, after each of them has received a response.</summary>
    private static async Task<List<int>> PortsAsync(ScriptedServer server, ServerLink link)
    {
        await Eventually.IsTrueAsync(async () =>
        {
            (await link.EchoAsync()).Dispose();
            return Ports().Count == 4;
        });
        return Ports();

        List<int> Ports() => [.. server.Requests.Select(static request => request.Source.Port).Distinct()];
    }

    private static List<FakeLogRecord> Logged(FakeLogger<BridgeClient> logger) =>
        [.. logger.Collector.GetSnapshot().Where(static entry => entry.Id.Id == SocketsReplaced)];
}

public class DeadSocketNativeTests() : DeadSocketTests(BridgeTransport.Native);

public class DeadSocketSocketTests() : DeadSocketTests(BridgeTransport.Sockets);
