using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Rke.Gateway.Observability.Prometheus;

/// <summary>Listens to the product's meters and keeps what a scrape asks for.</summary>
internal sealed class MetricStore : IDisposable
{
    private const string OurMeters = "Rke.";

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();
    private readonly IMeterFactory _factory;
    private readonly Counter<long> _dropped;

    public MetricStore(IMeterFactory factory)
    {
        _factory = factory;
        _dropped = GatewayMeter.Of(factory).CreateCounter<long>(
            "rke.metrics.dropped", "{measurement}", "Measurements that had no room for their series.");
        _listener.InstrumentPublished = Subscribe;
        _listener.SetMeasurementEventCallback<int>((_, value, tags, family) => Measure(value, tags, family));
        _listener.SetMeasurementEventCallback<long>((_, value, tags, family) => Measure(value, tags, family));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, family) => Measure(value, tags, family));
        _listener.Start();
    }

    /// <summary>All metrics as they are now, in Prometheus' text format.</summary>
    public string Scrape()
    {
        lock (_gate)
        {
            foreach (var family in _families.Values.Where(family => family.IsObserved))
            {
                family.Clear();
            }

            _listener.RecordObservableInstruments();
            return PrometheusText.Write(_families.Values.OrderBy(family => family.Name, StringComparer.Ordinal));
        }
    }

    public void Dispose() => _listener.Dispose();

    // Meters of another gateway in this process have another scope; those without one belong to everybody.
    private void Subscribe(Instrument instrument, MeterListener listener)
    {
        if (!instrument.Meter.Name.StartsWith(OurMeters, StringComparison.Ordinal)
            || (instrument.Meter.Scope is { } scope && !ReferenceEquals(scope, _factory)))
        {
            return;
        }

        var family = new MetricFamily(instrument);
        listener.EnableMeasurementEvents(instrument, _families.GetOrAdd(family.Name, family));
    }

    private void Measure(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        if (state is MetricFamily family && !family.TryMeasure(value, tags))
        {
            _dropped.Add(1);
        }
    }
}
