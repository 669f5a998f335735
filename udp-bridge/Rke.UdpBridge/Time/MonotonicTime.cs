namespace Rke.UdpBridge;

/// <summary>
/// A point in time of this process, for deadlines and expiry. Unlike the time of day, it never goes back and never
/// jumps: a correction of the system clock does not change it. It has no meaning in another process.
/// </summary>
public readonly record struct MonotonicTime : IComparable<MonotonicTime>
{
    private readonly TimeSpan _sinceOrigin;

    private MonotonicTime(TimeSpan sinceOrigin) => _sinceOrigin = sinceOrigin;

    public static MonotonicTime Now(TimeProvider timeProvider) => new(timeProvider.GetElapsedTime(0));

    public static MonotonicTime operator +(MonotonicTime time, TimeSpan span) => new(time._sinceOrigin + span);

    public static TimeSpan operator -(MonotonicTime one, MonotonicTime other) => one._sinceOrigin - other._sinceOrigin;

    public static bool operator <(MonotonicTime one, MonotonicTime other) => one._sinceOrigin < other._sinceOrigin;

    public static bool operator >(MonotonicTime one, MonotonicTime other) => one._sinceOrigin > other._sinceOrigin;

    public static bool operator <=(MonotonicTime one, MonotonicTime other) => one._sinceOrigin <= other._sinceOrigin;

    public static bool operator >=(MonotonicTime one, MonotonicTime other) => one._sinceOrigin >= other._sinceOrigin;

    public int CompareTo(MonotonicTime other) => _sinceOrigin.CompareTo(other._sinceOrigin);
}
