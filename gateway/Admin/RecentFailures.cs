using System.Diagnostics.Metrics;
using Rke.Gateway.Observability;
using Rke.UdpBridge;
using Rke.V1;

namespace Rke.Gateway.Admin;

/// <summary>The failed calls of the last 15 minutes by method and reason, from the metric of failures.</summary>
internal sealed class RecentFailures : IDisposable
{
    private const int Minutes = 15;

    private readonly Lock _gate = new();
    private readonly MeterListener _listener = new();
    private readonly TimeProvider _timeProvider;
    private readonly MonotonicTime _start;
    private readonly Queue<Minute> _minutes = new();

    public RecentFailures(IMeterFactory meters, TimeProvider timeProvider)
    {
        (_timeProvider, _start) = (timeProvider, MonotonicTime.Now(timeProvider));
        var own = GatewayMeter.Of(meters);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, own) && instrument.Name == CallMeter.Failures)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, count, tags, _) => Add(count, tags));
        _listener.Start();
    }

    /// <summary>The failures by method and reason, the most frequent first.</summary>
    public IReadOnlyList<FailureCount> Find()
    {
        lock (_gate)
        {
            RemoveOld();
            return
            [
                .. from minute in _minutes
                   from entry in minute.Counts
                   group entry.Value by entry.Key into counts
                   orderby counts.Sum() descending, counts.Key
                   select new FailureCount { Method = counts.Key.Method, Reason = counts.Key.Reason, Count = (ulong)counts.Sum() },
            ];
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Add(long count, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = (tags.TextOf("method"), tags.TextOf("reason"));
        lock (_gate)
        {
            var current = RemoveOld();
            if (_minutes.Count == 0 || _minutes.Last().Number != current)
            {
                _minutes.Enqueue(new(current, []));
            }

            var counts = _minutes.Last().Counts;
            counts[key] = counts.GetValueOrDefault(key) + count;
        }
    }

    // Returns the current minute.
    private long RemoveOld()
    {
        var current = (long)(MonotonicTime.Now(_timeProvider) - _start).TotalMinutes;
        while (_minutes.TryPeek(out var oldest) && oldest.Number <= current - Minutes)
        {
            _minutes.Dequeue();
        }

        return current;
    }

    private sealed record Minute(long Number, Dictionary<(string Method, string Reason), long> Counts);
}
