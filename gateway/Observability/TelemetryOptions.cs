using System.ComponentModel.DataAnnotations;
using Rke.Gateway.Configuration;

namespace Rke.Gateway.Observability;

/// <summary>Section <c>Rke:Telemetry:Otlp</c>: where the gateway sends traces and metrics.</summary>
internal sealed record OtlpOptions
{
    /// <summary>
    /// Address of the collector, such as <c>http://127.0.0.1:4317</c>. None = the gateway sends nothing
    /// </summary>
    /// <value><c>OTEL_EXPORTER_OTLP_ENDPOINT</c></value>
    public Uri? Endpoint { get; set; }

    /// <summary>
    /// <c>grpc</c>, or <c>http</c> for protobuf over HTTP. With <c>http</c>, the gateway appends <c>/v1/traces</c> and
    /// <c>/v1/metrics</c> to the endpoint.
    /// </summary>
    /// <value><c>OTEL_EXPORTER_OTLP_PROTOCOL</c>, else <c>grpc</c></value>
    public OtlpProtocol? Protocol { get; set; }

    /// <summary>Interval between exports of metrics</summary>
    [TimeRange("00:00:00.100", "01:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(30);
}

/// <summary>Section <c>Rke:Telemetry</c>.</summary>
internal sealed record TelemetryOptions
{
    /// <summary>
    /// Share of the traces that start in the gateway to record, 0 to 1. For other traces, the decision of the caller applies.
    /// </summary>
    [Range(0d, 1d)]
    public double TraceShare { get; set; } = 1;
}

/// <summary>The protocol of OTLP.</summary>
internal enum OtlpProtocol
{
    Grpc,
    Http,
}
