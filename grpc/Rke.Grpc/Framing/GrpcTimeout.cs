using System.Globalization;

namespace Rke.Grpc.Framing;

/// <summary>
/// The value of <c>grpc-timeout</c> (PROTOCOL-HTTP2, Timeout): one to eight digits and a unit,
/// <c>H</c> hours, <c>M</c> minutes, <c>S</c> seconds, <c>m</c> milli-, <c>u</c> micro-, <c>n</c> nanoseconds.
/// </summary>
internal static class GrpcTimeout
{
    /// <summary>The longest that a timer takes, 49 days. Longer deadlines are sent, and nobody waits for them.</summary>
    public static readonly TimeSpan LongestTimer = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private const int MaxDigits = 8;
    private const long MaxValue = 99_999_999;
    private const long NanosecondsPerTick = 100;

    public static bool TryParse(string? text, out TimeSpan timeout)
    {
        timeout = default;
        if (text is null || text.Length is < 2 or > MaxDigits + 1)
        {
            return false;
        }

        var digits = text.AsSpan(0, text.Length - 1);
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        switch (text[^1])
        {
            case 'H':
                timeout = TimeSpan.FromTicks(value * TimeSpan.TicksPerHour);
                return true;
            case 'M':
                timeout = TimeSpan.FromTicks(value * TimeSpan.TicksPerMinute);
                return true;
            case 'S':
                timeout = TimeSpan.FromTicks(value * TimeSpan.TicksPerSecond);
                return true;
            case 'm':
                timeout = TimeSpan.FromTicks(value * TimeSpan.TicksPerMillisecond);
                return true;
            case 'u':
                timeout = TimeSpan.FromTicks(value * TimeSpan.TicksPerMicrosecond);
                return true;
            case 'n':
                // Rounded up: a time that is not zero must not become zero.
                timeout = TimeSpan.FromTicks((value + NanosecondsPerTick - 1) / NanosecondsPerTick);
                return true;
            default:
                return false;
        }
    }

    /// <summary>The shortest exact unit that has room in eight digits; a longer time is rounded up.</summary>
    public static string Format(TimeSpan timeout)
    {
        var ticks = Math.Max(timeout.Ticks, 1);
        return ticks * NanosecondsPerTick <= MaxValue && ticks <= MaxValue
            ? string.Create(CultureInfo.InvariantCulture, $"{ticks * NanosecondsPerTick}n")
            : Round(ticks, TimeSpan.TicksPerMicrosecond, 'u')
                ?? Round(ticks, TimeSpan.TicksPerMillisecond, 'm')
                ?? Round(ticks, TimeSpan.TicksPerSecond, 'S')
                ?? Round(ticks, TimeSpan.TicksPerMinute, 'M')
                ?? Round(ticks, TimeSpan.TicksPerHour, 'H')
                ?? $"{MaxValue}H";
    }

    private static string? Round(long ticks, long unit, char name)
    {
        var count = (ticks / unit) + (ticks % unit == 0 ? 0 : 1);
        return count <= MaxValue ? string.Create(CultureInfo.InvariantCulture, $"{count}{name}") : null;
    }
}
