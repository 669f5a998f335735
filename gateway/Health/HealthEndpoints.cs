using Rke.Gateway.Hosting;

namespace Rke.Gateway.Health;

/// <summary>The plain HTTP side: /healthz says that the process lives, /readyz whether it can serve and if not why.</summary>
internal static class HealthEndpoints
{
    public static void MapHealthPages(this WebApplication app)
    {
        app.MapGet("/healthz", () => Results.Text("ok\n")).OnHttpPortOnly();
        app.MapGet("/readyz", (Readiness readiness) =>
        {
            var reasons = readiness.FindReasons();
            var lines = new List<string> { reasons.Count == 0 ? "ready" : "not ready" };
            lines.AddRange(reasons);
            lines.AddRange(readiness.FindWarnings().Select(warning => $"warning: {warning}"));
            return Results.Text(
                string.Join('\n', lines) + "\n",
                statusCode: reasons.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
        }).OnHttpPortOnly();
    }
}
