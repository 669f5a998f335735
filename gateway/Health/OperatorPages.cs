using Microsoft.Extensions.Diagnostics.HealthChecks;
using Rke.Gateway.Listening;

namespace Rke.Gateway.Health;

/// <summary>
/// The HTTP pages for operators. <c>/healthz</c> answers while the process runs. <c>/readyz</c> reports whether the gateway can
/// serve, and why not. <c>/metrics</c> is for Prometheus.
/// </summary>
internal static class OperatorPages
{
    public static void MapOperatorPages(this WebApplication app)
    {
        // No other service needs this meter.
        app.Services.GetRequiredService<ProcessMeter>();
        app.MapPrometheusScrapingEndpoint("/metrics").OnHttpPortOnly();
        app.MapHealthChecks("/healthz", new()
        {
            Predicate = _ => false,
            ResponseWriter = static (context, _) => WriteAsync(context, "ok\n"),
        }).OnHttpPortOnly();
        app.MapHealthChecks("/readyz", new() { ResponseWriter = WriteReadinessAsync }).OnHttpPortOnly();
    }

    private static Task WriteReadinessAsync(HttpContext context, HealthReport report)
    {
        var lines = new List<string> { report.Status == HealthStatus.Unhealthy ? "not ready" : "ready" };
        lines.AddRange(HealthLines.Of(report, HealthStatus.Unhealthy));
        lines.AddRange(HealthLines.Of(report, HealthStatus.Degraded).Select(warning => $"warning: {warning}"));
        return WriteAsync(context, string.Join('\n', lines) + "\n");
    }

    private static Task WriteAsync(HttpContext context, string text)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}
