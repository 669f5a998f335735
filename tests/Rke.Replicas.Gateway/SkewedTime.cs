namespace Rke.Replicas.Gateway;

/// <summary>A machine whose clock is wrong.</summary>
internal sealed class SkewedTime(TimeSpan skew) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + skew;
}
