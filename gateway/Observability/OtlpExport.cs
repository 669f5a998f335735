using OpenTelemetry.Exporter;

namespace Rke.Gateway.Observability;

/// <summary>
/// The settings of the OTLP exporters. If a setting is not configured, the exporters use the standard variable.
/// </summary>
internal static class OtlpExport
{
    private const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>The collector. Null if none is configured.</summary>
    public static Uri? EndpointOf(OtlpOptions options, IConfiguration configuration) => options.Endpoint
        ?? (Uri.TryCreate(configuration[EndpointVariable], UriKind.Absolute, out var endpoint) ? endpoint : null);

    /// <param name="path">The path of the signal. Only OTLP over HTTP uses it.</param>
    public static void Configure(OtlpExporterOptions exporter, OtlpOptions options, string path)
    {
        if (options.Protocol is { } protocol)
        {
            exporter.Protocol = protocol == OtlpProtocol.Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        }

        if (options.Endpoint is { } endpoint)
        {
            exporter.Endpoint = exporter.Protocol == OtlpExportProtocol.HttpProtobuf
                ? new Uri($"{endpoint.AbsoluteUri.TrimEnd('/')}/{path}")
                : endpoint;
        }
    }
}
