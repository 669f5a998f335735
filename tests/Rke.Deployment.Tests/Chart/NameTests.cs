using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Rke.Deployment.Tests.Tools;

namespace Rke.Deployment.Tests.Chart;

/// <summary>All names that Helm accepts for a release give names that Kubernetes accepts.</summary>
public partial class NameTests
{
    private const int MaxReleaseLength = 53;

    [Theory]
    [InlineData("a.b", "{}")]
    [InlineData("1st", "{}")]
    [InlineData("123", "{}")]
    [InlineData("0x10", "{}")]
    [InlineData("1.5", "{}")]
    [InlineData("true", "{}")]
    [InlineData("a-release-name-that-is-as-long-as-helm-accepts-them-x", "{}")]
    [InlineData("a.release.name.that.is.as.long.as.helm.accepts.them.x", "{}")]
    [InlineData("1st-rke-gateway", "{}")]
    [InlineData("rke", """{ "nameOverride": "1st" }""")]
    [InlineData("rke", """{ "nameOverride": "123" }""")]
    [InlineData("rke", """{ "fullnameOverride": "true" }""")]
    [InlineData("123", """{ "fullnameOverride": "a-name-that-is-as-long-as-the-chart-lets-it-be-x" }""")]
    public async Task A_release_name_gives_valid_names_and_labels(string release, string json)
    {
        Assert.True(release.Length <= MaxReleaseLength);
        var values = ChartValues.Development().With("""{ "signal": { "enabled": true } }""").With(json);
        var manifests = await Manifests.CheckAsync(release, await Helm.TemplateAsync(values, release));
        Assert.Empty(manifests.Problems);
        foreach (var item in manifests.Objects)
        {
            var metadata = item!["metadata"]!;
            Assert.Matches(Label, (string?)metadata["name"]);
            Assert.Equal(release, (string?)metadata["labels"]!["app.kubernetes.io/instance"]);
        }
    }

    [Fact]
    public async Task Different_releases_have_different_names()
    {
        var start = new string('a', 48);
        var names = new List<string>();
        foreach (var release in (string[])[$"{start}-one", $"{start}-two", "a.b", "a-b", "1", "rke-1", "rke.1"])
        {
            var manifests = await Manifests.CheckAsync(release, await Helm.TemplateAsync(ChartValues.Least(), release));
            names.Add((string)Assert.Single(manifests.Objects, IsDeployment)!["metadata"]!["name"]!);
        }

        Assert.Equal(names, names.Distinct(StringComparer.Ordinal));
        Assert.Contains("a-b-rke-gateway", names);
    }

    private static bool IsDeployment(JsonNode? item) => (string?)item!["kind"] == "Deployment";

    // The name of a Service is a label of RFC 1035.
    [GeneratedRegex("^(?=.{1,63}$)[a-z]([a-z0-9-]*[a-z0-9])?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Label { get; }
}
