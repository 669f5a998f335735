using Rke.Gateway.Hosting;

namespace Rke.Gateway.Observability.Prometheus;

/// <summary>What a Prometheus server scrapes: /metrics on the HTTP port.</summary>
internal static class MetricsEndpoint
{
    public static void MapMetrics(this WebApplication app) => app
        .MapGet("/metrics", (MetricStore store) => Results.Text(store.Scrape(), PrometheusText.ContentType))
        .OnHttpPortOnly();
}
