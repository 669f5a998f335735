using Rke.Deployment.Tests.Tools;

namespace Rke.Deployment.Tests.Chart;

/// <summary>An upgrade that turns autoscaling on must not delete the number of replicas: Kubernetes would then scale to one pod.</summary>
public class ReplicaTests
{
    private const string Autoscaling = """{ "autoscaling": { "enabled": true, "minReplicas": 3 } }""";

    [Theory]
    [InlineData("{}", 3)]
    [InlineData(Autoscaling, null)]
    public async Task Only_without_autoscaling_the_chart_sets_the_number_of_a_Deployment_that_does_not_exist(string json, int? expected)
    {
        var values = ChartValues.Least().With(json);
        Assert.Equal(expected, await ReplicasAsync(await Helm.TemplateAsync(values)));
        using var server = new DeploymentServer(new Dictionary<string, int> { ["another"] = 9 });
        Assert.Equal(expected, await ReplicasAsync(await server.InstallAsync(values)));
    }

    [Theory]
    [InlineData("{}", 7, 3)]
    [InlineData(Autoscaling, 7, 7)]
    [InlineData(Autoscaling, 2, 3)]
    public async Task With_autoscaling_a_Deployment_keeps_its_number_or_gets_the_minimum(string json, int live, int expected)
    {
        using var server = new DeploymentServer(new Dictionary<string, int> { [Helm.FullName] = live });
        Assert.Equal(expected, await ReplicasAsync(await server.InstallAsync(ChartValues.Least().With(json))));
    }

    private static async Task<int?> ReplicasAsync(string manifest)
    {
        var manifests = await Manifests.CheckAsync("replicas", manifest);

        // The check reports a number together with an autoscaler, which is wrong only in a manifest that is applied again and again.
        Assert.DoesNotContain(manifests.Problems, problem =>
            !problem.StartsWith($"HorizontalPodAutoscaler/{Helm.FullName}: and its Deployment", StringComparison.Ordinal));
        return (int?)manifests.Get("Deployment", Helm.FullName)["spec"]!["replicas"];
    }
}
