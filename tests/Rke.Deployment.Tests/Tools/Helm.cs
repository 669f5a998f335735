using System.Text.Json.Nodes;

namespace Rke.Deployment.Tests.Tools;

/// <summary>The real helm.</summary>
internal static class Helm
{
    public const string Release = "rke";
    public const string FullName = "rke-rke-gateway";

    public static Task<ToolRun> RunAsync(params string[] arguments) =>
        ToolRun.RunAsync(RepositoryPaths.Helm, arguments);

    /// <summary>What the chart gives for these values.</summary>
    public static async Task<string> TemplateAsync(JsonObject values, string release = Release, string? chart = null)
    {
        var run = await TryTemplateAsync(values, release, chart);
        Assert.True(run.ExitCode == 0, $"{run.All}\n\nValues: {values.ToJsonString()}");
        return run.Output;
    }

    public static async Task<ToolRun> TryTemplateAsync(JsonObject values, string release = Release, string? chart = null)
    {
        // JSON is YAML, too, and helm reads values from a file only.
        var file = Path.Combine(Path.GetTempPath(), $"rke-values-{Guid.NewGuid():N}.json");
        await File.WriteAllTextAsync(file, values.ToJsonString(), TestContext.Current.CancellationToken);
        try
        {
            return await RunAsync(
                "template", release, chart ?? RepositoryPaths.Chart, "--namespace", "rke", "--values", file);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
