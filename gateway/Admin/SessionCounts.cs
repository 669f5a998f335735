using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Rke.Gateway.Sessions;
using Rke.V1;

namespace Rke.Gateway.Admin;

/// <summary>The sessions that have ended since the start of the replica, from their metric.</summary>
internal sealed class SessionCounts : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<(string Direction, string Result), long> _counts = new();

    public SessionCounts(IMeterFactory meters)
    {
        var own = meters.Create(SessionMeter.Name);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, own) && instrument.Name == SessionMeter.Ended)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
            _counts.AddOrUpdate((tags.TextOf("direction"), tags.TextOf("result")), count, (_, before) => before + count));
        _listener.Start();
    }

    public IEnumerable<SessionCount> Find() => _counts
        .OrderBy(entry => entry.Key)
        .Select(entry => new SessionCount
        {
            Direction = entry.Key.Direction,
            Result = entry.Key.Result,
            Count = (ulong)entry.Value,
        });

    public void Dispose() => _listener.Dispose();
}

/// <summary>Reads the tags of a measurement.</summary>
internal static class MeasurementTags
{
    /// <summary>The value of a tag as text. Empty if the tag is missing.</summary>
    public static string TextOf(this ReadOnlySpan<KeyValuePair<string, object?>> tags, string name)
    {
        foreach (var tag in tags)
        {
            if (tag.Key == name)
            {
                return $"{tag.Value}";
            }
        }

        return "";
    }
}
