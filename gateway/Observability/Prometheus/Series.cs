namespace Rke.Gateway.Observability.Prometheus;

/// <summary>The numbers of one set of labels. Measured from any thread, read at a scrape.</summary>
internal sealed class Series(double[] boundaries)
{
    private readonly long[] _buckets = boundaries.Length > 0 ? new long[boundaries.Length + 1] : [];
    private double _value;

    /// <summary>The value of a counter or gauge; the sum of a histogram.</summary>
    public double Value => Volatile.Read(ref _value);

    public void Set(double value) => Volatile.Write(ref _value, value);

    public void Add(double value)
    {
        var seen = Volatile.Read(ref _value);
        while (true)
        {
            var found = Interlocked.CompareExchange(ref _value, seen + value, seen);
            if (found.Equals(seen))
            {
                return;
            }

            seen = found;
        }
    }

    public void Observe(double value)
    {
        var bucket = 0;
        while (bucket < boundaries.Length && value > boundaries[bucket])
        {
            bucket++;
        }

        Interlocked.Increment(ref _buckets[bucket]);
        Add(value);
    }

    /// <summary>How many observations fell below each boundary, and at last how many there were.</summary>
    public long[] Cumulate()
    {
        var cumulated = new long[_buckets.Length];
        var sum = 0L;
        for (var bucket = 0; bucket < cumulated.Length; bucket++)
        {
            sum += Interlocked.Read(ref _buckets[bucket]);
            cumulated[bucket] = sum;
        }

        return cumulated;
    }
}
