using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Rke.Gateway.Observability.Prometheus;

namespace Rke.Gateway.Tests.Observability;

public sealed class MetricStoreTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly IMeterFactory _factory;
    private readonly Meter _meter;
    private readonly MetricStore _store;

    public MetricStoreTests()
    {
        _factory = _services.GetRequiredService<IMeterFactory>();
        _meter = _factory.Create("Rke.Test");
        _store = new(_factory);
    }

    public void Dispose()
    {
        _store.Dispose();
        _services.Dispose();
    }

    [Fact]
    public void Names_get_their_unit_and_total()
    {
        _meter.CreateCounter<long>("some.things", "{thing}", "Things.").Add(2);
        _meter.CreateUpDownCounter<int>("some.room", "By", "Room.").Add(-3);
        Assert.Equal(
            "# HELP some_room_bytes Room.\n# TYPE some_room_bytes gauge\nsome_room_bytes -3\n"
            + "# HELP some_things_total Things.\n# TYPE some_things_total counter\nsome_things_total 2\n",
            _store.Scrape());
    }

    [Fact]
    public void Help_and_labels_are_escaped()
    {
        _meter.CreateCounter<int>("odd", unit: null, "Two\nlines and a \\.").Add(1, new KeyValuePair<string, object?>("a.b", "x\"y\\z\n"));
        Assert.Equal(
            "# HELP odd_total Two\\nlines and a \\\\.\n# TYPE odd_total counter\nodd_total{a_b=\"x\\\"y\\\\z\\n\"} 1\n",
            _store.Scrape());
    }

    [Fact]
    public void A_histogram_counts_up_to_each_boundary()
    {
        var histogram = _meter.CreateHistogram(
            "wait", "s", "Waits.", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [.5, 1] });
        histogram.Record(.25);
        histogram.Record(.5);
        histogram.Record(.75);
        histogram.Record(2);
        Assert.Equal(
            "# HELP wait_seconds Waits.\n# TYPE wait_seconds histogram\n"
            + "wait_seconds_bucket{le=\"0.5\"} 2\nwait_seconds_bucket{le=\"1\"} 3\nwait_seconds_bucket{le=\"+Inf\"} 4\n"
            + "wait_seconds_sum 3.5\nwait_seconds_count 4\n",
            _store.Scrape());
    }

    [Fact]
    public void What_is_no_longer_observed_is_gone()
    {
        var servers = new List<int> { 1, 2 };
        _meter.CreateObservableGauge(
            "up", () => servers.Select(server => new Measurement<int>(1, new KeyValuePair<string, object?>("server", server))));
        Assert.Contains("up{server=\"1\"} 1\nup{server=\"2\"} 1\n", _store.Scrape(), StringComparison.Ordinal);
        servers.Remove(1);
        Assert.DoesNotContain("server=\"1\"", _store.Scrape(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_number_of_series_is_bounded()
    {
        var counter = _meter.CreateCounter<int>("many");
        for (var index = 0; index < MetricFamily.MostSeries + 10; index++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("index", index));
        }

        counter.Add(1, new KeyValuePair<string, object?>("long", new string('x', 10_000)));
        var lines = _store.Scrape().Split('\n');
        Assert.Equal(MetricFamily.MostSeries, lines.Count(line => line.StartsWith("many_total{", StringComparison.Ordinal)));
        Assert.Contains("rke_metrics_dropped_total 11", lines);
    }

    [Fact]
    public void Meters_of_others_are_not_heard()
    {
        using var others = new ServiceCollection().AddMetrics().BuildServiceProvider();
        others.GetRequiredService<IMeterFactory>().Create("Rke.Test").CreateCounter<int>("theirs").Add(1);
        _factory.Create("Else").CreateCounter<int>("else").Add(1);
        Assert.Empty(_store.Scrape());
    }

    [Fact]
    public void Nothing_is_lost_when_many_measure_at_once()
    {
        var counter = _meter.CreateCounter<long>("busy");
        var histogram = _meter.CreateHistogram<double>("busy.time", "s");
        Parallel.For(0, 10_000, index =>
        {
            counter.Add(1, new KeyValuePair<string, object?>("kind", index % 3));
            histogram.Record(index % 2);
        });
        var text = _store.Scrape();
        Assert.Contains("busy_total{kind=\"0\"} 3334\nbusy_total{kind=\"1\"} 3333\nbusy_total{kind=\"2\"} 3333\n", text, StringComparison.Ordinal);
        Assert.Contains("busy_time_seconds_sum 5000\nbusy_time_seconds_count 10000\n", text, StringComparison.Ordinal);
    }
}
