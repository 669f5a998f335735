using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Rke.Gateway.Configuration;

namespace Rke.Gateway.Observability;

/// <summary>Sends traces and metrics to a collector by OTLP, where one is configured.</summary>
internal sealed class OtlpExport(TelemetrySettings settings, IConfiguration configuration, ILogger<OtlpExport> logger)
    : IHostedLifecycleService, IDisposable
{
    private static readonly string[] Sources = ["Microsoft.AspNetCore", GatewayActivities.Name, "Rke.UdpBridge"];

    private static readonly string[] Meters =
    [
        "Rke.*", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime",
    ];

    private TracerProvider? _traces;
    private MeterProvider? _metrics;

    // Before anything else starts, so that no call is without.
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        var endpoint = settings.Endpoint ?? EndpointOfEnvironment();
        if (endpoint is null)
        {
            return Task.CompletedTask;
        }

        var resource = ResourceBuilder.CreateDefault()
            .AddService("rke-gateway", serviceVersion: typeof(OtlpExport).Assembly.GetName().Version?.ToString(3))
            .AddEnvironmentVariableDetector();
        _traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(settings.TraceShare)))
            .AddSource(Sources)
            .AddOtlpExporter(options => Configure(options, endpoint, "v1/traces"))
            .Build();
        _metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(Meters)
            .AddOtlpExporter((options, reader) =>
            {
                Configure(options, endpoint, "v1/metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds =
                    (int)settings.Interval.TotalMilliseconds;
            })
            .Build();
        Log.TelemetrySent(logger, endpoint);
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Everything has stopped: the last spans and numbers are sent.</summary>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.Run(Dispose, CancellationToken.None);

    public void Dispose()
    {
        Interlocked.Exchange(ref _traces, null)?.Dispose();
        Interlocked.Exchange(ref _metrics, null)?.Dispose();
    }

    private Uri? EndpointOfEnvironment() =>
        Uri.TryCreate(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"], UriKind.Absolute, out var endpoint) ? endpoint : null;

    // What is not set here the exporter takes from the environment: headers, timeouts, certificates.
    private void Configure(OtlpExporterOptions options, Uri endpoint, string path)
    {
        if (settings.Protocol is { } protocol)
        {
            options.Protocol = protocol == OtlpProtocol.Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        }

        options.Endpoint = options.Protocol == OtlpExportProtocol.HttpProtobuf
            ? new Uri($"{endpoint.AbsoluteUri.TrimEnd('/')}/{path}")
            : endpoint;
    }
}
