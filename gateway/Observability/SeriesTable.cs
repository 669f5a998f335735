using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Rke.Gateway.Observability;

/// <summary>
/// The series of a counter or gauge, by the values of their labels. The metrics SDK looks up the labels for each measurement. Here, a call
/// adds to a number in memory, and the SDK reads the numbers when it exports.
/// </summary>
/// <param name="labelsOf">The labels of a series.</param>
internal sealed class SeriesTable<TKey>(Func<TKey, KeyValuePair<string, object?>[]> labelsOf)
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, Series> _series = new();

    /// <summary>The series of a key. The export contains it from now on.</summary>
    public Series this[TKey key] => _series.TryGetValue(key, out var found)
        ? found
        : _series.GetOrAdd(key, static (added, labelsOf) => new(labelsOf(added)), labelsOf);

    /// <summary>The values of all series.</summary>
    public IEnumerable<Measurement<long>> Measure() => _series.Values.Select(series => series.Measure());
}

/// <summary>One number with its labels.</summary>
internal sealed class Series(KeyValuePair<string, object?>[] labels)
{
    private long _value;

    public void Add(long value) => Interlocked.Add(ref _value, value);

    public Measurement<long> Measure() => new(Interlocked.Read(ref _value), labels);
}
