using System.Text.RegularExpressions;

namespace Rke.Deployment.Tests.Observability;

/// <summary>The tables of docs/METRICS.md and docs/AGENT.md.</summary>
internal static partial class MetricTable
{
    /// <summary>The metrics of the gateway.</summary>
    public static readonly IReadOnlyDictionary<string, Metric> Metrics = Read("METRICS.md");

    /// <summary>The metrics of the key agent.</summary>
    public static readonly IReadOnlyDictionary<string, Metric> OfAgent = Read("AGENT.md");

    /// <summary>Every metric that a text (PromQL, a dashboard) names, as it stands in the tables.</summary>
    public static IEnumerable<string> NamedIn(string text) =>
        Name().Matches(text).Select(match => Suffix().Replace(match.Value, "")).Distinct();

    private static Dictionary<string, Metric> Read(string document)
    {
        var lines = File.ReadLines(Repository.PathOf("docs", document));
        return lines.Select(line => Row().Match(line)).Where(match => match.Success)
            .Select(match => new Metric(
                match.Groups["name"].Value,
                match.Groups["type"].Value,
                [.. Label().Matches(match.Groups["labels"].Value).Select(label => label.Groups["label"].Value)],
                match.Groups["help"].Value))
            .ToDictionary(metric => metric.Name, StringComparer.Ordinal);
    }

    [GeneratedRegex(
        @"^\| `(?<name>(rke|process)_\w+)` \| (?<type>\w+) \| (?<labels>[^|]*)\| (?<help>[^|]+) \|$",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Row();

    [GeneratedRegex("`(?<label>\\w+)`", RegexOptions.ExplicitCapture)]
    private static partial Regex Label();

    [GeneratedRegex(@"\b(rke|process)_[a-z0-9_]+\b", RegexOptions.ExplicitCapture)]
    private static partial Regex Name();

    [GeneratedRegex("_(bucket|sum|count)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Suffix();
}

/// <summary>One row.</summary>
internal sealed record Metric(string Name, string Type, IReadOnlyList<string> Labels, string Help);
