using OpenTelemetry.Exporter;
using Rke.Gateway.Configuration;

namespace Rke.Gateway.Observability;

/// <summary>
/// Where the OTLP exporters send. What the settings leave open, the exporters take from the standard variables.
/// </summary>
internal static class OtlpExport
{
    private const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>The collector; null = none is configured, and nothing is sent.</summary>
    public static Uri? EndpointOf(TelemetrySettings settings, IConfiguration configuration) => settings.Endpoint
        ?? (Uri.TryCreate(configuration[EndpointVariable], UriKind.Absolute, out var endpoint) ? endpoint : null);

    /// <param name="path">The path of the signal, which HTTP has and gRPC has not.</param>
    public static void Configure(OtlpExporterOptions exporter, TelemetrySettings settings, string path)
    {
        if (settings.Protocol is { } protocol)
        {
            exporter.Protocol = protocol == OtlpProtocol.Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        }

        if (settings.Endpoint is { } endpoint)
        {
            exporter.Endpoint = exporter.Protocol == OtlpExportProtocol.HttpProtobuf
                ? new Uri($"{endpoint.AbsoluteUri.TrimEnd('/')}/{path}")
                : endpoint;
        }
    }
}
