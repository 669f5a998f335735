using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Rke.Deployment.Tests.Chart;
using Rke.Deployment.Tests.Tools;

namespace Rke.Deployment.Tests.Observability;

public class DashboardTests
{
    private static readonly JsonNode Dashboard = JsonNode.Parse(
        File.ReadAllText(Repository.PathOf("helm", "rke-gateway", "dashboards", "rke-gateway.json")))!;

    private static readonly string[] Expressions =
    [
        .. Dashboard["panels"]!.AsArray().SelectMany(panel => panel!["targets"]?.AsArray() ?? [])
            .Select(target => (string)target!["expr"]!),
    ];

    [Fact]
    public void The_dashboard_queries_only_documented_metrics()
    {
        var named = MetricTable.NamedIn(Dashboard.ToJsonString()).ToList();
        Assert.All(named, name => Assert.Contains(name, MetricTable.Metrics));
        Assert.Superset(
            MetricTable.Metrics.Keys.Where(name => name.StartsWith("rke_", StringComparison.Ordinal)).ToHashSet(),
            named.ToHashSet());
    }

    [Fact]
    public void The_dashboard_queries_only_documented_labels()
    {
        // Prometheus itself gives every metric these, and the SDK the last one.
        string[] ofEveryMetric = ["job", "pod", "instance", "le", "otel_metric_overflow"];
        foreach (var expression in Expressions)
        {
            var allowed = MetricTable.NamedIn(expression).SelectMany(name => MetricTable.Metrics[name].Labels)
                .Concat(ofEveryMetric).ToList();
            var used = Regex.Matches(expression, @"(\w+)(?:=~|!=|!~|=)""").Select(match => match.Groups[1].Value)
                .Concat(Regex.Matches(expression, @"by \(([^)]*)\)")
                    .SelectMany(match => match.Groups[1].Value.Split(", ")));
            Assert.All(used, label => Assert.True(allowed.Contains(label), $"{label} in {expression}"));
        }
    }

    [Fact]
    public async Task Prometheus_parses_every_query()
    {
        var rules = new JsonArray([.. Expressions.Select((expression, index) => (JsonNode)new JsonObject
        {
            ["record"] = $"panel:{index}",
            ["expr"] = expression.Replace("$__rate_interval", "5m", StringComparison.Ordinal),
        })]);
        var file = Path.Combine(Path.GetTempPath(), $"rke-panels-{Guid.NewGuid():N}.yaml");
        var groups = new JsonObject
        {
            ["groups"] = new JsonArray(new JsonObject { ["name"] = "panels", ["rules"] = rules }),
        };
        await File.WriteAllTextAsync(file, groups.ToJsonString(), TestContext.Current.CancellationToken);
        try
        {
            var run = await ToolRun.RunAsync("promtool", ["check", "rules", file]);
            Assert.True(run.ExitCode == 0, run.All);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Panels_do_not_overlap_and_have_unique_ids()
    {
        var panels = Dashboard["panels"]!.AsArray();
        Assert.Equal(panels.Count, panels.Select(panel => (int)panel!["id"]!).Distinct().Count());
        var places = panels.SelectMany(panel =>
        {
            var place = panel!["gridPos"].Deserialize<Dictionary<string, int>>()!;
            return from x in Enumerable.Range(place["x"], place["w"])
                   from y in Enumerable.Range(place["y"], place["h"])
                   select (x, y);
        }).ToList();
        Assert.Equal(places.Count, places.Distinct().Count());
        Assert.All(places, place => Assert.InRange(place.x, 0, 23));
    }

    [Fact]
    public async Task The_chart_contains_the_dashboard_unchanged()
    {
        var values = ChartValues.Least().With("""{ "dashboard": { "enabled": true } }""");
        var manifests = await Manifests.CheckAsync("dashboard", await Helm.TemplateAsync(values));
        Assert.Empty(manifests.Problems);
        var map = manifests.Get("ConfigMap", $"{Helm.FullName}-dashboard");
        Assert.Equal("1", (string?)map["metadata"]!["labels"]!["grafana_dashboard"]);
        Assert.True(JsonNode.DeepEquals(Dashboard, JsonNode.Parse((string)map["data"]!["rke-gateway.json"]!)));
    }

    [Fact]
    public async Task The_autoscaler_uses_a_documented_metric()
    {
        var values = ChartValues.Least().With("""{ "autoscaling": { "enabled": true, "requestsInFlight": 100 } }""");
        var manifests = await Manifests.CheckAsync("autoscaler", await Helm.TemplateAsync(values));
        var metrics = manifests.Get("HorizontalPodAutoscaler", Helm.FullName)["spec"]!["metrics"]!.AsArray();
        var name = metrics.Select(metric => (string?)metric!["pods"]?["metric"]!["name"])
            .Single(name => name is not null);
        Assert.Contains(name!, MetricTable.Metrics);
    }
}
