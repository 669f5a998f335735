using System.Diagnostics.Metrics;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Rke.Gateway.Configuration;

namespace Rke.Gateway.Observability;

/// <summary>
/// Metrics, which Prometheus scrapes, and traces. Both are sent by OTLP where a collector is configured; without one,
/// nothing listens to activities, so calls create none of ours.
/// </summary>
internal static class ObservabilityRegistration
{
    private const string ServiceName = "rke-gateway";

    public static void AddObservability(
        this IServiceCollection services, TelemetrySettings settings, IConfiguration configuration)
    {
        services.AddMeters();
        services.AddSingleton<KeyAudit>();
        services.AddHostedService<CoinCensusWatch>();

        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(AddService)
            .WithMetrics(metrics => metrics
                .AddMeter("Rke.*")
                .AddPrometheusExporter(options =>
                {
                    // The names of docs/METRICS.md are unique without their meter, and rke_build_info has the version.
                    options.ScopeInfoEnabled = false;
                    options.TargetInfoEnabled = false;
                    options.ScrapeResponseCacheDurationMilliseconds = 0;
                }));
        services.ConfigureOpenTelemetryMeterProvider((provider, metrics) =>
            metrics.AddView(DropMetersOfOthers(provider.GetRequiredService<IMeterFactory>())));
        if (OtlpExport.EndpointOf(settings, configuration) is not null)
        {
            telemetry
                .WithMetrics(metrics => metrics.AddOtlpExporter((exporter, reader) =>
                {
                    OtlpExport.Configure(exporter, settings, "v1/metrics");
                    reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds =
                        (int)settings.Interval.TotalMilliseconds;
                }))
                .WithTracing(traces => traces
                    .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(settings.TraceShare)))
                    .AddSource(GatewayActivities.Name, "Rke.UdpBridge")
                    .AddAspNetCoreInstrumentation(CallSpan.Configure)
                    .AddRedisInstrumentation(RedisSpan.Configure)
                    .AddOtlpExporter(exporter => OtlpExport.Configure(exporter, settings, "v1/traces")));
        }
    }

    private static void AddMeters(this IServiceCollection services)
    {
        services.AddSingleton<CallMeter>();
        services.AddSingleton<LimiterMeter>();
        services.AddSingleton<KeyMeter>();
        services.AddSingleton<StateMeter>();
        services.AddSingleton<ReloadMeter>();
        services.AddSingleton<ProcessMeter>();
    }

    // The standard variables win: OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES.
    private static void AddService(ResourceBuilder resource) => resource
        .AddService(ServiceName, serviceVersion: typeof(ObservabilityRegistration).Assembly.GetName().Version?.ToString(3))
        .AddEnvironmentVariableDetector();

    // The SDK selects meters by name in the whole process. Another gateway in it creates its meters in its own scope.
    private static Func<Instrument, MetricStreamConfiguration?> DropMetersOfOthers(IMeterFactory factory) =>
        instrument => instrument.Meter.Scope is { } scope && !ReferenceEquals(scope, factory)
            ? MetricStreamConfiguration.Drop
            : null;
}
