using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Rke.Gateway.Observability.Prometheus;

/// <summary>One metric with all its series. The number of series is bounded, whatever is measured.</summary>
internal sealed class MetricFamily
{
    public const int MostSeries = 2000;
    private const int MostLabelText = 512;

    private static readonly double[] DefaultBoundaries = [.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10];

    private readonly ConcurrentDictionary<string, Series> _series = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Series>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly bool _isTotal;

    public MetricFamily(Instrument instrument)
    {
        var type = instrument.GetType().GetGenericTypeDefinition();
        Kind = type == typeof(Counter<>) || type == typeof(ObservableCounter<>) ? MetricKind.Counter
            : type == typeof(Histogram<>) ? MetricKind.Histogram
            : MetricKind.Gauge;
        IsObserved = instrument.IsObservable;
        _isTotal = instrument.IsObservable || type == typeof(Gauge<>);
        Name = PrometheusName.Of(instrument, Kind);
        Help = instrument.Description ?? "";
        Boundaries = Kind == MetricKind.Histogram ? BoundariesOf(instrument) : [];
        _lookup = _series.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public string Name { get; }

    public string Help { get; }

    public MetricKind Kind { get; }

    public double[] Boundaries { get; }

    /// <summary>Its values are asked for at a scrape.</summary>
    public bool IsObserved { get; }

    public IEnumerable<KeyValuePair<string, Series>> AllSeries => _series;

    /// <summary>Forgets all series: those that still exist are told again.</summary>
    public void Clear() => _series.Clear();

    /// <summary>Takes a measurement; false when there is no room for its series.</summary>
    public bool TryMeasure(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new LabelText(stackalloc char[MostLabelText]);
        if (!labels.TryWrite(tags))
        {
            return false;
        }

        if (!_lookup.TryGetValue(labels.Written, out var series))
        {
            if (_series.Count >= MostSeries)
            {
                return false;
            }

            series = _series.GetOrAdd(labels.Written.ToString(), static (_, boundaries) => new(boundaries), Boundaries);
        }

        Measure(series, value);
        return true;
    }

    private void Measure(Series series, double value)
    {
        if (Kind == MetricKind.Histogram)
        {
            series.Observe(value);
        }
        else if (_isTotal)
        {
            series.Set(value);
        }
        else
        {
            series.Add(value);
        }
    }

    private static double[] BoundariesOf(Instrument instrument) =>
        (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries is { Count: > 0 } advised
            ? [.. advised]
            : DefaultBoundaries;
}
