namespace Rke.Gateway.Quotas;

/// <summary>
/// Caller quotas in the memory of one gateway. It counts 10,000 callers; a further caller replaces the one that it has
/// counted for longest.
/// </summary>
internal sealed class InProcessCallerQuota(TimeProvider timeProvider) : ICallerQuota
{
    private const int MaxCallers = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (SlicedCount Requests, SlicedCount Posts)> _callers = new(StringComparer.Ordinal);
    private readonly Queue<string> _oldestFirst = new();
    private readonly long _origin = timeProvider.GetTimestamp();

    public ValueTask<QuotaVerdict> TakeAsync(string caller, CallerLimits limits, bool isPost)
    {
        lock (_gate)
        {
            var now = timeProvider.GetElapsedTime(_origin);
            var (requests, posts) = CountsOf(caller);
            var requestWait = limits.RequestsPerSecond > 0 ? requests.WaitFor(limits.RequestsPerSecond, now) : default;
            var postWait = isPost && limits.PostsPerDay > 0 ? posts.WaitFor(limits.PostsPerDay, now) : default;
            if (requestWait > TimeSpan.Zero || postWait > TimeSpan.Zero)
            {
                return new(requestWait > postWait
                    ? new QuotaVerdict(QuotaAnswer.RequestsUsedUp, requestWait)
                    : new QuotaVerdict(QuotaAnswer.PostsUsedUp, postWait));
            }

            requests.Count(now);
            if (isPost)
            {
                posts.Count(now);
            }

            return new(new QuotaVerdict(QuotaAnswer.Admitted));
        }
    }

    private (SlicedCount Requests, SlicedCount Posts) CountsOf(string caller)
    {
        if (_callers.TryGetValue(caller, out var counts))
        {
            return counts;
        }

        if (_oldestFirst.Count == MaxCallers)
        {
            _callers.Remove(_oldestFirst.Dequeue());
        }

        _oldestFirst.Enqueue(caller);
        return _callers[caller] = (new(QuotaWindows.Requests), new(QuotaWindows.Posts));
    }
}

/// <summary>
/// A count in slices of a sliding window. A slice counts until all of it is outside the window, so no window holds more
/// than the limit. Not thread-safe.
/// </summary>
internal sealed class SlicedCount(TimeSpan window)
{
    private readonly int[] _counts = new int[QuotaWindows.Slices + 1];
    private readonly long _width = window.Ticks / QuotaWindows.Slices;
    private long _current;

    /// <summary>The time until one more is admitted; zero if it is admitted now.</summary>
    public TimeSpan WaitFor(int limit, TimeSpan now)
    {
        MoveTo(now);
        var total = _counts.Sum();
        for (var slice = _current - QuotaWindows.Slices; total >= limit && slice <= _current; slice++)
        {
            total -= slice < 0 ? 0 : CountOf(slice);
            if (total < limit)
            {
                return TimeSpan.FromTicks(((slice + 1) * _width) + window.Ticks) - now;
            }
        }

        return TimeSpan.Zero;
    }

    public void Count(TimeSpan now)
    {
        MoveTo(now);
        CountOf(_current)++;
    }

    private ref int CountOf(long slice) => ref _counts[slice % _counts.Length];

    private void MoveTo(TimeSpan now)
    {
        var current = now.Ticks / _width;
        for (var slice = Math.Max(_current + 1, current - QuotaWindows.Slices); slice <= current; slice++)
        {
            CountOf(slice) = 0;
        }

        _current = Math.Max(_current, current);
    }
}
