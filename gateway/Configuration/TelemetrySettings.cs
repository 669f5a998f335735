using Rke.Gateway.Observability;

namespace Rke.Gateway.Configuration;

/// <summary>Section <c>Rke:Telemetry</c>: where traces and metrics are sent by OTLP.</summary>
/// <param name="Endpoint">The collector; null = as OTEL_EXPORTER_OTLP_ENDPOINT says, or nowhere.</param>
/// <param name="Protocol">How; null = as OTEL_EXPORTER_OTLP_PROTOCOL says, or gRPC.</param>
/// <param name="Interval">How often metrics are sent.</param>
/// <param name="TraceShare">Which share of the traces that begin here is kept; a caller's own decision is followed.</param>
internal sealed record TelemetrySettings(Uri? Endpoint, OtlpProtocol? Protocol, TimeSpan Interval, double TraceShare)
{
    public static TelemetrySettings Read(SettingsReader reader)
    {
        var otlp = reader.Section("Otlp");
        Uri? endpoint = null;
        if (otlp.Text("Endpoint") is { } text
            && !(Uri.TryCreate(text, UriKind.Absolute, out endpoint) && endpoint.Scheme is "http" or "https"))
        {
            otlp.Reject("Endpoint", $"'{text}' cannot be used", "write the collector's address, such as http://127.0.0.1:4317");
        }

        return new(
            endpoint,
            otlp.Choice<OtlpProtocol>("Protocol"),
            otlp.Time("Interval", TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1)) ?? TimeSpan.FromSeconds(30),
            reader.Share("TraceShare") ?? 1);
    }
}
