using Microsoft.Extensions.Time.Testing;

namespace Rke.Raida.Tests;

/// <summary>
/// A fake clock whose timestamps are nanoseconds, as those of the vectors, and move on by a set amount with each reading.
/// FakeTimeProvider moves on with GetUtcNow only.
/// </summary>
internal sealed class ReadingTime : FakeTimeProvider
{
    private long _read;

    public override long TimestampFrequency => 1_000_000_000;

    /// <summary>How far the timestamp moves on with each reading: a request that reads it twice takes that long.</summary>
    public long NanosecondsPerReading { get; set; }

    public override long GetTimestamp() =>
        ((GetUtcNow() - Start).Ticks * TimeSpan.NanosecondsPerTick) + Interlocked.Add(ref _read, NanosecondsPerReading);
}
