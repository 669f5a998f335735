using Rke.Gateway.Observability.Prometheus;

namespace Rke.Gateway.Observability;

/// <summary>Puts measuring around every call.</summary>
internal static class ObservabilityApplication
{
    public static void UseObservability(this WebApplication app)
    {
        // The store listens before there is anything to hear, and the process is told of without being asked.
        app.Services.GetRequiredService<MetricStore>();
        app.Services.GetRequiredService<ProcessMeter>();
        app.UseMiddleware<CallTelemetry>();
    }
}
