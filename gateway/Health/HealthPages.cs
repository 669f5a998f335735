using Microsoft.Extensions.Diagnostics.HealthChecks;
using Rke.Gateway.Hosting;

namespace Rke.Gateway.Health;

/// <summary>
/// The HTTP pages for probes: <c>/healthz</c> answers while the process runs, <c>/readyz</c> says whether the gateway can
/// serve, and why not.
/// </summary>
internal static class HealthPages
{
    public static void MapHealthPages(this WebApplication app)
    {
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
