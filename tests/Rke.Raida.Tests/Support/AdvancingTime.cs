using Microsoft.Extensions.Time.Testing;

namespace Rke.Raida.Tests.Support;

/// <summary>
/// A fake clock. Its timestamps are in nanoseconds, as in the vectors, and each reading advances them. FakeTimeProvider
/// can advance only with GetUtcNow.
/// </summary>
internal sealed class AdvancingTime : FakeTimeProvider
{
    private long _read;

    public override long TimestampFrequency => 1_000_000_000;

    /// <summary>The advance per reading. It is also the execution time of a request, which reads the clock twice.</summary>
    public long NanosecondsPerReading { get; set; }

    public override long GetTimestamp() =>
        ((GetUtcNow() - Start).Ticks * TimeSpan.NanosecondsPerTick) + Interlocked.Add(ref _read, NanosecondsPerReading);
}
