namespace Rke.Gateway.Health;

/// <summary>Whether the gateway can serve, and if not why.</summary>
internal sealed class Readiness(IEnumerable<IReadinessCheck> checks)
{
    private volatile bool _isStopping;

    /// <summary>Why not; empty = ready.</summary>
    public IReadOnlyList<string> FindReasons() =>
        _isStopping ? ["The gateway is stopping."] : [.. checks.SelectMany(check => check.FindReasons())];

    public IReadOnlyList<string> FindWarnings() => [.. checks.SelectMany(check => check.FindWarnings())];

    public void Stop() => _isStopping = true;
}
