namespace Rke.Raida.Tests;

/// <summary>A clock that tests move. Nanoseconds are its ticks.</summary>
internal sealed class SteppedTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<SteppedTimer> _timers = [];
    private long _now = 1_000_000_000;

    public override long TimestampFrequency => 1_000_000_000;

    /// <summary>How far the clock goes on whenever it is read: a request that reads it twice takes that long.</summary>
    public long NanosecondsPerLook { get; set; }

    public override long GetTimestamp()
    {
        lock (_gate)
        {
            var now = _now;
            _now += NanosecondsPerLook;
            return now;
        }
    }

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(Volatile.Read(ref _now) / 100);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SteppedTimer(this, callback, state);
        timer.Change(dueTime, period);
        lock (_gate)
        {
            _timers.Add(timer);
        }

        return timer;
    }

    /// <summary>Moves the clock, and runs what is due on the way.</summary>
    public void Advance(TimeSpan by)
    {
        var end = Volatile.Read(ref _now) + (by.Ticks * 100);
        while (true)
        {
            SteppedTimer? next;
            lock (_gate)
            {
                next = _timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
                _now = next is null ? end : Math.Max(_now, next.Due);
            }

            if (next is null)
            {
                return;
            }

            next.Fire();
        }
    }

    private sealed class SteppedTimer(SteppedTime time, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public long Due { get; private set; } = long.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                _period = period;
                Due = dueTime < TimeSpan.Zero ? long.MaxValue : time._now + (dueTime.Ticks * 100);
                return true;
            }
        }

        public void Fire()
        {
            lock (time._gate)
            {
                Due = _period > TimeSpan.Zero ? time._now + (_period.Ticks * 100) : long.MaxValue;
            }

            callback(state);
        }

        public void Dispose()
        {
            lock (time._gate)
            {
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
