using Microsoft.Extensions.Time.Testing;

namespace Rke.Testing;

/// <summary>A clock whose time of day can jump, as after a correction of the system clock. Timers do not change.</summary>
public sealed class SteppedClock : FakeTimeProvider
{
    private TimeSpan _offset;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _offset;

    public override long GetTimestamp() => base.GetUtcNow().Ticks;

    public void Step(TimeSpan by) => _offset += by;
}
