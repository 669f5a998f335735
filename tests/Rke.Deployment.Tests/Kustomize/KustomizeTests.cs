using System.Text.Json.Nodes;
using Rke.Deployment.Tests.Tools;

namespace Rke.Deployment.Tests.Kustomize;

public class KustomizeTests
{
    private static readonly string[] HelmLabels = ["helm.sh/chart", "app.kubernetes.io/managed-by"];

    [Fact]
    public async Task The_k8s_folder_equals_the_rendered_chart()
    {
        var run = await ToolRun.RunAsync("node", [Repository.PathOf("k8s", "render"), "--check"]);
        Assert.True(run.ExitCode == 0, run.All);
    }

    [Theory]
    [InlineData("base", "base")]
    [InlineData("overlays/dev", "base,dev")]
    [InlineData("overlays/prod", "base,prod")]
    public async Task Kustomize_gives_the_same_objects_as_helm(string folder, string values)
    {
        var kustomized = await ToolRun.OutputAsync("kubectl", ["kustomize", Repository.PathOf("k8s", folder)]);
        var rendered = await ToolRun.OutputAsync(
            RepositoryPaths.Helm,
            [
                "template", "rke-gateway", RepositoryPaths.Chart, "--namespace", "rke-gateway",
                .. values.Split(',').SelectMany(name =>
                    (string[])["--values", Repository.PathOf("k8s", "values", $"{name}.yaml")]),
            ]);
        var both = await Manifests.CheckAsync([("kustomize", kustomized), ("helm", rendered)]);
        Assert.All(both, manifests => Assert.Empty(manifests.Problems));

        var ours = both[0].Objects.Select(Comparable)
            .Where(item => !item.StartsWith("Namespace/", StringComparison.Ordinal));
        var charts = both[1].Objects
            .Where(item => item!["metadata"]!["annotations"]?["helm.sh/hook"] is null)
            .Select(Comparable);
        Assert.Equal(charts.Order(StringComparer.Ordinal), ours.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_namespace_admits_restricted_pods_only()
    {
        var manifests = await Manifests.CheckAsync(
            "base", await ToolRun.OutputAsync("kubectl", ["kustomize", Repository.PathOf("k8s", "base")]));
        var labels = manifests.Get("Namespace", "rke-gateway")["metadata"]!["labels"]!;
        Assert.Equal("restricted", (string?)labels["pod-security.kubernetes.io/enforce"]);
    }

    /// <summary>
    /// One text an object, the same for the same object: maps sorted, without namespace and Helm's own labels.
    /// </summary>
    private static string Comparable(JsonNode? item)
    {
        var copy = Sorted(item)!.AsObject();
        copy["metadata"]!.AsObject().Remove("namespace");
        return $"{copy["kind"]}/{copy["metadata"]!["name"]} {copy.ToJsonString()}";
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map
            .Where(entry => !HelmLabels.Contains(entry.Key))
            .OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => KeyValuePair.Create(entry.Key, Sorted(entry.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
