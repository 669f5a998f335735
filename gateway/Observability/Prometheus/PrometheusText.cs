using System.Globalization;
using System.Text;

namespace Rke.Gateway.Observability.Prometheus;

/// <summary>Prometheus' text exposition format, version 0.0.4.</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(IEnumerable<MetricFamily> families)
    {
        var text = new StringBuilder();
        foreach (var family in families)
        {
            var all = family.AllSeries.OrderBy(series => series.Key, StringComparer.Ordinal).ToList();
            if (all.Count == 0)
            {
                continue;
            }

            var help = family.Help.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal);
            text.Append($"# HELP {family.Name} {help}\n");
            text.Append($"# TYPE {family.Name} {family.Kind.ToString().ToLowerInvariant()}\n");
            foreach (var (labels, series) in all)
            {
                Write(text, family, labels, series);
            }
        }

        return text.ToString();
    }

    private static void Write(StringBuilder text, MetricFamily family, string labels, Series series)
    {
        if (family.Kind != MetricKind.Histogram)
        {
            WriteSample(text, family.Name, labels, Number(series.Value));
            return;
        }

        var counts = series.Cumulate();
        for (var bucket = 0; bucket < counts.Length; bucket++)
        {
            var most = bucket < family.Boundaries.Length ? Number(family.Boundaries[bucket]) : "+Inf";
            var comma = labels.Length > 0 ? "," : "";
            WriteSample(text, family.Name + "_bucket", $"{labels}{comma}le=\"{most}\"", $"{counts[bucket]}");
        }

        WriteSample(text, family.Name + "_sum", labels, Number(series.Value));
        WriteSample(text, family.Name + "_count", labels, $"{counts[^1]}");
    }

    private static void WriteSample(StringBuilder text, string name, string labels, string value)
    {
        text.Append(name);
        if (labels.Length > 0)
        {
            text.Append('{').Append(labels).Append('}');
        }

        text.Append(' ').Append(value).Append('\n');
    }

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : value.ToString("R", CultureInfo.InvariantCulture);
}
