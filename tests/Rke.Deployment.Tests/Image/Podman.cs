namespace Rke.Deployment.Tests.Image;

/// <summary>The real podman, as root.</summary>
internal static class Podman
{
    /// <summary>As the chart's securityContext, and more than the default.</summary>
    public static readonly string[] Confined =
        ["--read-only", "--read-only-tmpfs=false", "--cap-drop=ALL", "--security-opt=no-new-privileges"];

    private static readonly Dictionary<string, string> Settings = new(StringComparer.Ordinal)
    {
        ["CONTAINERS_CONF"] = Repository.PathOf("tests", "deployment", "containers.conf"),
    };

    public static Task<ToolRun> TryAsync(params string[] arguments) =>
        ToolRun.RunAsync("podman", arguments, environment: Settings);

    /// <summary>What it printed, without the line's end.</summary>
    public static async Task<string> RunAsync(params string[] arguments) =>
        (await ToolRun.OutputAsync("podman", arguments, environment: Settings)).Trim();

    /// <summary>Where a port of a container is reached from here.</summary>
    public static async Task<string> PortAsync(string container, int port) =>
        await RunAsync("port", container, $"{port}/tcp");
}
