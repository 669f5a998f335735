using System.Text;
using System.Text.RegularExpressions;

namespace Rke.Deployment.Tests.Observability;

public class MetricTableTests
{
    [Fact]
    public async Task Promtool_accepts_the_names()
    {
        var text = new StringBuilder();
        foreach (var metric in MetricTable.Metrics.Values.Concat(MetricTable.OfAgent.Values))
        {
            var labels = string.Join(',', metric.Labels.Select(label => $"{label}=\"x\""));
            text.Append($"# HELP {metric.Name} {metric.Help}.\n# TYPE {metric.Name} {metric.Type}\n");
            text.Append(metric.Type == "histogram"
                ? $"{metric.Name}_bucket{{{labels}{(labels.Length > 0 ? "," : "")}le=\"+Inf\"}} 1\n"
                    + $"{metric.Name}_sum{{{labels}}} 1\n{metric.Name}_count{{{labels}}} 1\n"
                : $"{metric.Name}{{{labels}}} 1\n");
        }

        Assert.True(MetricTable.Metrics.Count > 30);
        Assert.Equal(7, MetricTable.OfAgent.Count);
        var run = await ToolRun.RunAsync("promtool", ["check", "metrics"], text.ToString());
        Assert.True(run.ExitCode == 0 && run.All.Length == 0, run.All);
    }

    [Fact]
    public void Names_in_the_text_are_in_the_tables()
    {
        var text = File.ReadAllText(Repository.PathOf("docs", "METRICS.md"));
        var named = Regex.Matches(text, @"^\| `(?<name>\w+)` \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture)
            .Select(match => match.Groups["name"].Value).ToList();
        Assert.Equal(named.Count, MetricTable.Metrics.Count);
    }
}
