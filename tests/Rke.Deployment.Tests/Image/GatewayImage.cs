namespace Rke.Deployment.Tests.Image;

/// <summary>The image, published and built once for all tests.</summary>
public sealed class GatewayImage : IAsyncLifetime
{
    public const string Base = "localhost/rke-test-base:bookworm";

    /// <summary>Without servers that stay behind and keep this process's output open.</summary>
    internal static readonly Dictionary<string, string> BuildSettings = new(StringComparer.Ordinal)
    {
        ["MSBUILDDISABLENODEREUSE"] = "1",
        ["UseSharedCompilation"] = "false",
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
    };

    public string Tag { get; } = $"test-{Guid.NewGuid():N}";

    public string Name => $"localhost/rke-gateway:{Tag}";

    internal PythonClient Python { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await ToolRun.OutputAsync(Repository.PathOf("tests", "deployment", "base"), []);
        await ToolRun.OutputAsync(Repository.PathOf("image", "publish"), [], environment: BuildSettings);
        await BuildAsync(Name);
        Python = await PythonClient.MakeAsync();
    }

    /// <summary>As the Containerfile says at its top.</summary>
    public static Task BuildAsync(string name) => Podman.RunAsync(
        "build", "--quiet", "--no-cache", "--layers=false", "--timestamp", "0", "--build-arg", $"BASE={Base}",
        "--file", Repository.PathOf("image", "Containerfile"), "--tag", name, Repository.Root);

    public async ValueTask DisposeAsync()
    {
        Python?.Dispose();
        await Podman.TryAsync("image", "rm", "--force", Name);
    }
}
