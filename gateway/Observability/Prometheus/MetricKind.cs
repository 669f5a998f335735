namespace Rke.Gateway.Observability.Prometheus;

/// <summary>The types of Prometheus' text format that instruments of .NET become.</summary>
internal enum MetricKind
{
    Counter,
    Gauge,
    Histogram,
}
