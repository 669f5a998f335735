using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Rke.Gateway.Configuration;

namespace Rke.Gateway.Observability;

/// <summary>
/// Adds metrics, which Prometheus scrapes, and traces. With a configured collector, OTLP exports both. Without one, there is no
/// listener for activities, so calls create no activities of the gateway.
/// </summary>
internal static class ObservabilityRegistration
{
    private const string ServiceName = "rke-gateway";

    public static void AddObservability(
        this IServiceCollection services, GatewayOptions options, IConfiguration configuration)
    {
        var otlp = options.Of<OtlpOptions>();
        services.AddSingleton<CallMeter>();
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(AddService)
            .WithMetrics(metrics => metrics
                .AddMeter("Rke.*")
                .AddPrometheusExporter(prometheus =>
                {
                    // The names of docs/METRICS.md are unique without their meter, and rke_build_info has the version.
                    prometheus.ScopeInfoEnabled = false;
                    prometheus.TargetInfoEnabled = false;
                    prometheus.ScrapeResponseCacheDurationMilliseconds = 0;
                }));
        services.ConfigureOpenTelemetryMeterProvider((provider, metrics) =>
            metrics.AddView(DropMetersOfOthers(provider.GetRequiredService<IMeterFactory>())));
        if (OtlpExport.EndpointOf(otlp, configuration) is not null)
        {
            telemetry
                .WithMetrics(metrics => metrics.AddOtlpExporter((exporter, reader) =>
                {
                    OtlpExport.Configure(exporter, otlp, "v1/metrics");
                    reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds =
                        (int)otlp.Interval.TotalMilliseconds;
                }))
                .WithTracing(traces => traces
                    .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(options.Of<TelemetryOptions>().TraceShare)))
                    .AddSource(GatewayActivities.Name, "Rke.UdpBridge")
                    .AddAspNetCoreInstrumentation(CallSpan.Configure)
                    .AddRedisInstrumentation(RedisSpan.Configure)
                    .AddOtlpExporter(exporter => OtlpExport.Configure(exporter, otlp, "v1/traces")));
        }
    }

    // The standard variables OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES have precedence.
    private static void AddService(ResourceBuilder resource) => resource
        .AddService(ServiceName, serviceVersion: typeof(ObservabilityRegistration).Assembly.GetName().Version?.ToString(3))
        .AddEnvironmentVariableDetector();

    // The SDK selects meters by name in the whole process. Another gateway in the process has meters with another scope.
    private static Func<Instrument, MetricStreamConfiguration?> DropMetersOfOthers(IMeterFactory factory) =>
        instrument => instrument.Meter.Scope is { } scope && !ReferenceEquals(scope, factory)
            ? MetricStreamConfiguration.Drop
            : null;
}

/// <summary>Starts the metrics, and logs where the gateway sends telemetry.</summary>
internal static class ObservabilityApplication
{
    public static void UseObservability(this WebApplication app)
    {
        // The SDK must listen before the first measurement.
        app.Services.GetRequiredService<MeterProvider>();
        if (OtlpExport.EndpointOf(app.Services.GetRequiredService<IOptions<OtlpOptions>>().Value, app.Configuration) is { } endpoint)
        {
            // The log must not contain the user name and password of the URL.
            Log.TelemetrySent(app.Logger, endpoint.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped));
        }
    }
}
