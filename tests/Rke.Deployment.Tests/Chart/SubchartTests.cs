using System.Text.Json.Nodes;
using Rke.Deployment.Tests.Tools;

namespace Rke.Deployment.Tests.Chart;

/// <summary>The chart as a dependency of another chart.</summary>
public class SubchartTests
{
    [Theory]
    [InlineData("", true)]
    [InlineData("", false)]
    [InlineData("rkeGateway", true)]
    [InlineData("rkeGateway", false)]
    public async Task A_parent_chart_can_turn_it_on_and_off(string alias, bool isEnabled)
    {
        var key = alias.Length > 0 ? alias : "rke-gateway";
        var values = ChartValues.Development().With($$"""
            { "enabled": {{(isEnabled ? "true" : "false")}}, "autoscaling": null, "grpc": { "port": null } }
            """);
        var output = await TemplateAsync(alias, new JsonObject { [key] = values, ["global"] = new JsonObject() });
        var manifests = await Manifests.CheckAsync("parent", output);
        Assert.Empty(manifests.Problems);
        Assert.Equal(isEnabled, manifests.Objects.Any(item => (string?)item!["kind"] == "Deployment"));
        Assert.All(manifests.Objects, item => Assert.Matches("^[a-z][a-z0-9-]*$", (string?)item!["metadata"]!["name"]));
    }

    private static async Task<string> TemplateAsync(string alias, JsonObject values)
    {
        var parent = Directory.CreateTempSubdirectory("rke-parent-").FullName;
        try
        {
            var package = await Helm.RunAsync(
                "package", RepositoryPaths.Chart, "--destination", Path.Combine(parent, "charts"));
            Assert.True(package.ExitCode == 0, package.All);
            var version = Path.GetFileNameWithoutExtension(
                Assert.Single(Directory.GetFiles(Path.Combine(parent, "charts"))))["rke-gateway-".Length..];
            var key = alias.Length > 0 ? alias : "rke-gateway";
            await File.WriteAllTextAsync(
                Path.Combine(parent, "Chart.yaml"),
                $$"""
                {
                  "apiVersion": "v2", "name": "parent", "version": "1.0.0",
                  "dependencies": [{
                    "name": "rke-gateway", "version": "{{version}}", "condition": "{{key}}.enabled"
                    {{(alias.Length > 0 ? $", \"alias\": \"{alias}\"" : "")}}
                  }]
                }
                """,
                TestContext.Current.CancellationToken);
            return await Helm.TemplateAsync(values, chart: parent);
        }
        finally
        {
            Directory.Delete(parent, recursive: true);
        }
    }
}
