namespace Rke.Gateway.State;

/// <summary>
/// Counts in slices of a window. A slice counts until all of it is out of the window, so no window holds more than the
/// limit. The caller's lock guards it.
/// </summary>
internal sealed class SlicedCount(TimeSpan window)
{
    private readonly int[] _counts = new int[QuotaWindows.Slices + 1];
    private readonly long _width = window.Ticks / QuotaWindows.Slices;
    private long _current;

    /// <summary>Zero = one more is admitted now.</summary>
    public TimeSpan WaitFor(int most, TimeSpan now)
    {
        MoveTo(now);
        var total = _counts.Sum();
        for (var slice = _current - QuotaWindows.Slices; total >= most && slice <= _current; slice++)
        {
            total -= slice < 0 ? 0 : CountOf(slice);
            if (total < most)
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
