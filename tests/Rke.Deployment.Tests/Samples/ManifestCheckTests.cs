using Rke.Deployment.Tests.Chart;
using Rke.Deployment.Tests.Tools;

namespace Rke.Deployment.Tests.Samples;

/// <summary>The checks themselves see what they are there to see.</summary>
public class ManifestCheckTests
{
    [Fact]
    public async Task A_valid_manifest_passes() =>
        Assert.Empty((await Manifests.CheckAsync("right", await Helm.TemplateAsync(ChartValues.Least()))).Problems);

    [Theory]
    [InlineData("readinessProbe:", "readynessProbe:", "additional properties: readynessProbe")]
    [InlineData("replicas: 3", "replicas: \"3\"", "/spec/replicas must be integer")]
    [InlineData("apiVersion: apps/v1", "apiVersion: apps/v1beta1", "unknown kind: apps/v1beta1/Deployment")]
    [InlineData("memory: 256Mi", "memory: 256Megs", "must match pattern")]
    [InlineData("runAsNonRoot: true", "runAsNonRoot: false", "runAsNonRoot is not true")]
    [InlineData("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "readOnlyRootFilesystem is not true")]
    [InlineData("type: RuntimeDefault", "type: Unconfined", "has no seccomp profile")]
    [InlineData("- ALL", "- KILL", "does not drop ALL capabilities")]
    [InlineData("targetPort: grpc", "targetPort: gprc", "leads to gprc, which no pod has")]
    [InlineData("secretName: \"rke-keys\"", "secretName: \"rke-keyz\"", "Secret/rke-keyz, which does not exist")]
    [InlineData(
        "- name: keys\n              mountPath",
        "- name: kees\n              mountPath",
        "mounts kees, which is no volume")]
    [InlineData("automountServiceAccountToken: false\n      enable", "enable", "mounts a service account token")]
    [InlineData("defaultMode: 288", "defaultMode: 0440", "ambiguous: defaultMode: 0440")]
    [InlineData("imagePullPolicy: IfNotPresent", "imagePullPolicy: on", "ambiguous: imagePullPolicy: on")]
    [InlineData("kind: Deployment", "kind: Deployment\nkind: Deployment", "not YAML")]
    public async Task An_invalid_manifest_is_found(string right, string wrong, string problem)
    {
        var yaml = await Helm.TemplateAsync(ChartValues.Least());
        Assert.Contains(right, yaml);
        var manifests = await Manifests.CheckAsync("wrong", yaml.Replace(right, wrong, StringComparison.Ordinal));
        Assert.Contains(manifests.Problems, text => text.Contains(problem, StringComparison.Ordinal));
    }
}
