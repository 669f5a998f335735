using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Rke.Gateway.Health;

/// <summary>
/// A check's findings, one a line: what keeps the gateway from serving when it is unhealthy, and warnings when it is degraded.
/// </summary>
internal static class HealthLines
{
    private const char Separator = '\n';

    /// <summary>Healthy without findings, <paramref name="status"/> with them.</summary>
    public static HealthCheckResult ToResult(HealthStatus status, IEnumerable<string> findings)
    {
        var description = string.Join(Separator, findings);
        return description.Length == 0 ? HealthCheckResult.Healthy() : new HealthCheckResult(status, description);
    }

    /// <summary>All findings of the checks with this status.</summary>
    public static IEnumerable<string> Of(HealthReport report, HealthStatus status) => report.Entries.Values
        .Where(entry => entry.Status == status)
        .SelectMany(entry => entry.Description?.Split(Separator) ?? []);
}
