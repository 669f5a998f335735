using Rke.Deployment.Tests.Tools;

namespace Rke.Deployment.Tests.Chart;

/// <summary>Labels and annotations of the user can repeat those of the chart.</summary>
public class LabelTests
{
    private const string Repeated = """
        {
          "app.kubernetes.io/name": "mine", "app.kubernetes.io/instance": "mine", "app.kubernetes.io/component": "mine",
          "app.kubernetes.io/part-of": "mine", "app.kubernetes.io/version": "mine", "helm.sh/chart": "mine",
          "app.kubernetes.io/managed-by": "mine", "rke-gateway/service": "mine", "sidecar.istio.io/inject": "mine"
        }
        """;

    [Theory]
    [InlineData("labels")]
    [InlineData("podLabels")]
    [InlineData("dashboard.labels")]
    [InlineData("serviceMonitor.labels")]
    [InlineData("prometheusRule.labels")]
    [InlineData("tests.podLabels")]
    public async Task Labels_can_repeat_the_labels_of_the_chart(string path)
    {
        var json = path.Split('.').Reverse().Aggregate(Repeated, (inner, key) => $$"""{ "{{key}}": {{inner}} }""");
        var values = ChartValues.Development().With("""
            {
              "mesh": "istio", "dashboard": { "enabled": true }, "serviceMonitor": { "enabled": true },
              "prometheusRule": { "enabled": true }
            }
            """).With(json);

        var manifests = await Manifests.CheckAsync(path, await Helm.TemplateAsync(values));

        // A repeated key is not valid YAML. A changed label of a selector is a reference to nothing.
        Assert.Empty(manifests.Problems);
        Assert.All(manifests.Objects, item =>
        {
            var labels = item!["metadata"]!["labels"]!;
            Assert.Equal("rke-gateway", (string?)labels["app.kubernetes.io/name"]);
            Assert.Equal(Helm.Release, (string?)labels["app.kubernetes.io/instance"]);
            Assert.NotEqual("mine", (string?)labels["app.kubernetes.io/component"]);
        });
        var pods = manifests.Get("Service", $"{Helm.FullName}-pods");
        Assert.Equal("pods", (string?)pods["metadata"]!["labels"]!["rke-gateway/service"]);
        Assert.Contains(manifests.Objects, item => item!.ToJsonString().Contains(
            "\"app.kubernetes.io/part-of\":\"mine\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Annotations_can_repeat_the_annotations_of_the_chart()
    {
        var values = ChartValues.Least().With("""
            {
              "mesh": "linkerd", "podAnnotations": {
                "kubectl.kubernetes.io/default-container": "mine", "linkerd.io/inject": "mine", "checksum/settings": "mine"
              }
            }
            """);
        var manifests = await Manifests.CheckAsync("annotations", await Helm.TemplateAsync(values));
        Assert.Empty(manifests.Problems);
        var template = manifests.Get("Deployment", Helm.FullName)["spec"]!["template"]!;
        var annotations = template["metadata"]!["annotations"]!.AsObject();
        Assert.Equal(3, annotations.Count(entry => (string?)entry.Value == "mine"));
        Assert.Equal("enabled", (string?)annotations["config.linkerd.io/proxy-await"]);
    }
}
