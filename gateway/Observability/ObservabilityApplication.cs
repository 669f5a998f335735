using OpenTelemetry.Metrics;
using Rke.Gateway.Configuration;
using Rke.Gateway.Hosting;

namespace Rke.Gateway.Observability;

/// <summary>Measures every call, and serves the metrics.</summary>
internal static class ObservabilityApplication
{
    public static void UseObservability(this WebApplication app)
    {
        // The SDK listens before anything measures; nothing else needs the meter of the process.
        app.Services.GetRequiredService<MeterProvider>();
        app.Services.GetRequiredService<ProcessMeter>();
        app.UseMiddleware<CallTelemetry>();
        if (OtlpExport.EndpointOf(app.Services.GetRequiredService<TelemetrySettings>(), app.Configuration) is { } endpoint)
        {
            // Without a user name and password.
            Log.TelemetrySent(app.Logger, endpoint.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped));
        }
    }

    /// <summary>What a Prometheus server scrapes: <c>/metrics</c> on the HTTP port.</summary>
    public static void MapMetrics(this WebApplication app) => app.MapPrometheusScrapingEndpoint("/metrics").OnHttpPortOnly();
}
