using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Rke.Deployment.Tests.Chart;
using Rke.Deployment.Tests.Tools;

namespace Rke.Deployment.Tests.Observability;

public class AlertTests
{
    private static readonly string Rules = Repository.PathOf("helm", "rke-gateway", "alerts", "rules.yaml");

    private static readonly string[] Names =
        [.. Regex.Matches(File.ReadAllText(Rules), @"- alert: (\w+)").Select(match => match.Groups[1].Value)];

    [Fact]
    public async Task Promtool_accepts_the_rules()
    {
        var run = await ToolRun.RunAsync("promtool", ["check", "rules", "--lint=all", "--lint-fatal", Rules]);
        Assert.True(run.ExitCode == 0, run.All);
    }

    [Fact]
    public async Task Every_alert_fires_when_it_should_and_not_before()
    {
        var cases = Repository.PathOf("tests", "deployment", "alerts.test.yaml");
        var run = await ToolRun.RunAsync("promtool", ["test", "rules", cases]);
        Assert.True(run.ExitCode == 0, run.All);
        var text = await File.ReadAllTextAsync(cases, TestContext.Current.CancellationToken);
        Assert.All(Names, name => Assert.Contains($"alertname: {name}\n", text));
    }

    [Fact]
    public void Rules_query_only_documented_metrics() =>
        Assert.All(MetricTable.NamedIn(File.ReadAllText(Rules)), name => Assert.Contains(name, MetricTable.Metrics.Keys.Concat(MetricTable.OfAgent.Keys)));

    [Fact]
    public async Task The_chart_contains_every_rule_with_its_runbook_and_labels()
    {
        var values = ChartValues.Least().With("""
            {
              "prometheusRule": {
                "enabled": true, "alertLabels": { "team": "keys" }, "runbookUrl": "https://example.com/operations"
              }
            }
            """);
        var manifests = await Manifests.CheckAsync("rules", await Helm.TemplateAsync(values));
        Assert.Empty(manifests.Problems);
        var rules = manifests.Get("PrometheusRule", Helm.FullName)["spec"]!["groups"]!.AsArray()
            .SelectMany(group => group!["rules"]!.AsArray()).OfType<JsonNode>().ToList();
        Assert.Equal(Names, rules.Select(rule => (string?)rule["alert"]));
        Assert.All(rules, rule =>
        {
            Assert.Equal("keys", (string?)rule["labels"]!["team"]);
            Assert.Contains((string?)rule["labels"]!["severity"], (string[])["warning", "critical"]);
            var name = ((string)rule["alert"]!).ToLowerInvariant();
            Assert.Equal($"https://example.com/operations#{name}", (string?)rule["annotations"]!["runbook_url"]);
        });
    }

    [Fact]
    public void Every_alert_has_a_runbook()
    {
        var book = File.ReadAllText(Repository.PathOf("docs", "operations.md"));
        Assert.All(Names, name => Assert.Contains($"### {name}\n", book));
    }
}
