namespace Rke.Gateway.Tests.EndToEnd;

/// <summary>The system's time, put forward by a test.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    private long _shift;

    public override long GetTimestamp() =>
        System.GetTimestamp() + (long)(Shift.TotalSeconds * System.TimestampFrequency);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Shift;

    public void PutForward(TimeSpan time) => Interlocked.Add(ref _shift, time.Ticks);

    private TimeSpan Shift => new(Interlocked.Read(ref _shift));
}
