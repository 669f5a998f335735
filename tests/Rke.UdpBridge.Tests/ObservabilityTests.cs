using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Numerics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Rke.Wire;

namespace Rke.UdpBridge.Tests;

public abstract class ObservabilityTests(BridgeTransport transport) : TransportTests(transport)
{
    [Fact]
    public async Task The_caller_the_exchange_and_each_datagram_have_nested_activities()
    {
        var stopped = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name is "Rke.UdpBridge" or "caller",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) =>
                ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = stopped.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using var source = new ActivitySource("caller");
        await using var server = new ScriptedServer(static request =>
            request.Index < 2 ? [] : [request.Respond(WireStatus.KeyNotFound)]);
        await using var bridge = Bridges.Create();

        using var caller = source.StartActivity("call")!;
        var sending = bridge.Link(server.Address).GetKeyAsync(server.Encryption());
        Assert.Same(caller, Activity.Current);
        (await sending).Dispose();
        Assert.Same(caller, Activity.Current);

        var mine = stopped.Where(activity => activity.TraceId == caller.TraceId).ToList();
        var exchange = Assert.Single(mine, static activity => activity.OperationName == "rke.udp.exchange");
        var attempts = mine.Where(static activity => activity.OperationName == "rke.udp.attempt").ToList();
        Assert.Equal(caller.SpanId, exchange.ParentSpanId);
        Assert.Equal([1, 2, 3], attempts.Select(static attempt => attempt.GetTagItem("rke.attempt")));
        Assert.Equal(
            ["Unanswered", "Unanswered", "Answered"],
            attempts.Select(static attempt => attempt.GetTagItem("rke.outcome")));
        Assert.All(attempts, static attempt => Assert.Equal(7, attempt.GetTagItem("rke.raida_id")));
        Assert.All(attempts, attempt => Assert.Equal(exchange.SpanId, attempt.ParentSpanId));
        Assert.Equal("Answered", exchange.GetTagItem("rke.outcome"));
        Assert.Equal("KeyNotFound", exchange.GetTagItem("rke.status"));
        Assert.Equal(7, exchange.GetTagItem("rke.raida_id"));
        Assert.Equal(3, exchange.GetTagItem("rke.attempts"));
    }

    [Fact]
    public async Task Every_instrument_has_the_tags_of_the_server()
    {
        const ushort Network = 4711;
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = services.GetRequiredService<IMeterFactory>();
        using var sent = Collect<long>("datagrams.sent");
        using var retransmitted = Collect<long>("datagrams.retransmitted");
        using var received = Collect<long>("datagrams.received");
        using var dropped = Collect<long>("datagrams.dropped");
        using var exchanges = Collect<long>("exchanges");
        using var roundTrip = Collect<double>("round_trip");
        using var inFlight = Collect<double>("in_flight");
        using var breaker = Collect<double>("breaker");
        using var loss = Collect<double>("loss.ratio");
        using var smoothedRoundTrip = Collect<double>("smoothed_round_trip");
        using var retransmissionTimeout = Collect<double>("retransmission_timeout");
        await using var server = new ScriptedServer(static request => request.Index switch
        {
            0 => [],
            1 => [[1], request.Respond(WireStatus.Success)],
            _ => [request.Respond(WireStatus.Success)],
        });
        await using var bridge = Bridges.Create(meters: meters);
        var link = bridge.Configure([server.Address with { Network = Network }])[0];

        (await link.EchoAsync()).Dispose();
        (await link.EchoAsync()).Dispose();

        Assert.Equal(3, Sum(sent));
        Assert.Equal(1, Sum(retransmitted));
        Assert.Equal(3, Sum(received));
        Assert.Equal(1, Sum(dropped, "reason", "TooShort"));
        Assert.Equal(2, Sum(exchanges, "outcome", "Answered"));
        Assert.True(Sum(roundTrip) > 0);
        Assert.Equal(0, Observe(inFlight));
        Assert.Equal(0, Observe(breaker));
        Assert.True(Observe(loss) > 0);
        Assert.True(Observe(smoothedRoundTrip) > 0);
        Assert.True(Observe(retransmissionTimeout) > 0);

        MetricCollector<T> Collect<T>(string name)
            where T : struct => new(meters, "Rke.UdpBridge", $"rke.udp.{name}");

        static T Sum<T>(MetricCollector<T> collector, string tag = "raida_id", object? value = null)
            where T : struct, INumber<T>
        {
            var measurements = collector.GetMeasurementSnapshot();
            Assert.All(measurements, measurement => Assert.True(measurement.ContainsTags(
                new("network", (int)Network), new KeyValuePair<string, object?>("raida_id", 7))));
            return measurements.Where(measurement => value is null || value.Equals(measurement.Tags[tag]))
                .Aggregate(T.Zero, (sum, measurement) => sum + measurement.Value);
        }

        static double Observe(MetricCollector<double> gauge)
        {
            gauge.RecordObservableInstruments();
            Assert.Single(gauge.GetMeasurementSnapshot());
            return Sum(gauge);
        }
    }

    [Fact]
    public async Task The_breaker_logs_when_it_opens_and_closes()
    {
        var isBack = false;
        var logger = new FakeLogger<BridgeClient>();
        await using var server = new ScriptedServer(request =>
            Volatile.Read(ref isBack) ? [request.Respond(WireStatus.Success)] : []);
        await using var bridge = Bridges.Create(Bridges.Quick, logger: logger);
        var link = bridge.Configure([server.Address])[0];
        while (link.Statistics.Breaker == BreakerState.Closed)
        {
            (await link.EchoAsync(TimeSpan.FromMilliseconds(80))).Dispose();
        }

        Volatile.Write(ref isBack, true);
        await Eventually.IsTrueAsync(() => link.Statistics.Breaker == BreakerState.Closed);

        // The log line follows shortly after the breaker closes.
        await Eventually.IsTrueAsync(() => logger.Collector.GetSnapshot().Any(static entry => entry.Id.Id == 2001));
        var logged = logger.Collector.GetSnapshot().Where(static entry => entry.Level > LogLevel.Debug).ToList();
        Assert.Equal([2007, 2000, 2009, 2001], logged.Select(static entry => entry.Id.Id));
        Assert.Contains(server.Address.EndPoint.ToString(), logged[1].Message, StringComparison.Ordinal);
    }
}

public class ObservabilityNativeTests() : ObservabilityTests(BridgeTransport.Native);

public class ObservabilitySocketTests() : ObservabilityTests(BridgeTransport.Sockets);
