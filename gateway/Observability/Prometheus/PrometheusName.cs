using System.Diagnostics.Metrics;

namespace Rke.Gateway.Observability.Prometheus;

/// <summary>
/// An instrument's name as Prometheus has it: dots become underscores, the unit follows, and <c>_total</c> where it counts.
/// </summary>
internal static class PrometheusName
{
    public static string Of(Instrument instrument, MetricKind kind)
    {
        var name = Clean(instrument.Name);
        var unit = instrument.Unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            "1" => "_ratio",
            _ => "",
        };
        if (!name.EndsWith(unit, StringComparison.Ordinal))
        {
            name += unit;
        }

        return kind == MetricKind.Counter ? name + "_total" : name;
    }

    /// <summary>Whether a character may stand in the name of a metric or a label.</summary>
    public static bool IsAllowed(char letter) => char.IsAsciiLetterOrDigit(letter) || letter == '_';

    private static string Clean(string name) =>
        string.Create(name.Length, name, (text, from) =>
        {
            for (var index = 0; index < text.Length; index++)
            {
                text[index] = IsAllowed(from[index]) ? from[index] : '_';
            }
        });
}
