using Microsoft.Extensions.Diagnostics.HealthChecks;
using Rke.Gateway.Health;
using Rke.V1;

namespace Rke.Gateway.Admin;

/// <summary>The findings of the readiness checks: what is wrong, and what to do.</summary>
internal static class Findings
{
    private const string Separator = "; ";

    /// <summary>All findings, those first because of which the replica is not ready.</summary>
    public static IEnumerable<Finding> Of(HealthReport report) =>
        Of(report, HealthStatus.Unhealthy).Concat(Of(report, HealthStatus.Degraded));

    private static IEnumerable<Finding> Of(HealthReport report, HealthStatus status) =>
        from finding in HealthLines.WithCheck(report, status)
        let end = finding.Line.IndexOf(Separator, StringComparison.Ordinal)
        select new Finding
        {
            Check = finding.Check,
            Blocking = status == HealthStatus.Unhealthy,
            Problem = end < 0 ? finding.Line : $"{finding.Line[..end]}.",
            Fix = end < 0 ? FixOf(finding.Check) : Capitalize(finding.Line[(end + Separator.Length)..]),
        };

    // For lines that only say what is wrong.
    private static string FixOf(string check) => check switch
    {
        "key_server_names" => "Correct the host name in Rke:Networks, or its DNS record.",
        "key_files" => "Correct the file, or remove it from the folder of Rke:Keys:Path.",
        "reload" => "Correct the file, or restart the gateway if the settings wait for a restart.",
        "shutdown" => "Use another replica, or start the gateway again.",
        _ => "The log of the gateway has more.",
    };

    private static string Capitalize(string text) => string.Concat(text[..1].ToUpperInvariant(), text.AsSpan(1));
}
