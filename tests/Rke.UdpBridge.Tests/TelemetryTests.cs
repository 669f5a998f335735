using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Rke.Wire;

namespace Rke.UdpBridge.Tests;

public class TelemetryTests
{
    [Fact]
    public async Task Every_datagram_has_its_activity_below_the_exchange_below_the_caller()
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
        await using var server = new ScriptedServer(static arrival =>
            arrival.Index < 2 ? [] : [arrival.Say(WireStatus.KeyNotFound)]);
        await using var bridge = Bridges.Create();

        using var caller = source.StartActivity("call")!;
        var sending = bridge.Link(server.Address).GetKeyAsync(server.Seal());
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
    public async Task Everything_is_measured_by_network_and_server()
    {
        // The network tells this test's measurements from those of tests that run at the same time.
        const ushort Network = 4711;
        var sums = new ConcurrentDictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, self) =>
            {
                if (instrument.Meter.Name == "Rke.UdpBridge")
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();
        await using var server = new ScriptedServer(static arrival => arrival.Index switch
        {
            0 => [],
            1 => [[1], arrival.Say(WireStatus.Success)],
            _ => [arrival.Say(WireStatus.Success)],
        });
        await using var bridge = Bridges.Create();
        var link = bridge.Configure([server.Address with { Network = Network }])[0];

        (await link.EchoAsync()).Dispose();
        (await link.EchoAsync()).Dispose();
        listener.RecordObservableInstruments();

        Assert.Equal(3, sums["rke.udp.datagrams.sent"]);
        Assert.Equal(1, sums["rke.udp.datagrams.retransmitted"]);
        Assert.Equal(3, sums["rke.udp.datagrams.received"]);
        Assert.Equal(1, sums["rke.udp.datagrams.dropped TooShort"]);
        Assert.Equal(2, sums["rke.udp.exchanges Answered"]);
        Assert.True(sums["rke.udp.round_trip"] > 0);
        Assert.Equal(0, sums["rke.udp.in_flight"]);
        Assert.Equal(0, sums["rke.udp.breaker"]);
        Assert.True(sums["rke.udp.loss.ratio"] > 0);
        Assert.Contains("rke.udp.smoothed_round_trip", sums.Keys);
        Assert.Contains("rke.udp.retransmission_timeout", sums.Keys);

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (Find(tags, "network") is not (int)Network || Find(tags, "raida_id") is not 7)
            {
                return;
            }

            var kind = Find(tags, "reason") ?? Find(tags, "outcome");
            var name = kind is null ? instrument.Name : $"{instrument.Name} {kind}";
            sums.AddOrUpdate(name, value, (_, sum) => sum + value);
        }

        static object? Find(ReadOnlySpan<KeyValuePair<string, object?>> tags, string name)
        {
            foreach (var tag in tags)
            {
                if (tag.Key == name)
                {
                    return tag.Value;
                }
            }

            return null;
        }
    }

    [Fact]
    public async Task The_log_tells_when_a_server_falls_silent_and_when_it_is_back()
    {
        var isBack = false;
        var logger = new CollectingLogger();
        await using var server = new ScriptedServer(arrival =>
            Volatile.Read(ref isBack) ? [arrival.Say(WireStatus.Success)] : []);
        await using var bridge = Bridges.Create(Bridges.Quick, logger: logger);
        var link = bridge.Configure([server.Address])[0];
        while (link.Statistics.Breaker == BreakerState.Closed)
        {
            (await link.EchoAsync(TimeSpan.FromMilliseconds(80))).Dispose();
        }

        Volatile.Write(ref isBack, true);
        await Bridges.UntilAsync(() => link.Statistics.Breaker == BreakerState.Closed);

        var told = logger.Entries.Where(static entry => entry.Level > LogLevel.Debug).ToList();
        Assert.Equal([2007, 2000, 2001], told.Select(static entry => entry.Event.Id));
        Assert.Contains(server.Address.EndPoint.ToString(), told[1].Text, StringComparison.Ordinal);
    }
}
