using System.Net;
using System.Net.Sockets;

namespace Rke.Deployment.Tests.Image;

/// <summary>A real image registry on loopback, for the SDK, which takes a base image from nowhere else.</summary>
internal sealed class LocalRegistry : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rke-registry-");
    private ServerProcess? _process;

    public required string Address { get; init; }

    public static async Task<LocalRegistry> StartAsync()
    {
        var registry = new LocalRegistry { Address = $"127.0.0.1:{FreePort.Next()}" };
        var settings = Path.Combine(registry._folder.FullName, "registry.yml");
        await File.WriteAllTextAsync(
            settings,
            $$"""{ version: 0.1, storage: { filesystem: { rootdirectory: "{{registry._folder.FullName}}/data" } }, """
                + $$"""http: { addr: "{{registry.Address}}" }, log: { level: error } }""",
            TestContext.Current.CancellationToken);
        registry._process = new("docker-registry", ["serve", settings]);
        await registry._process.UntilAsync(registry.IsReadyAsync);
        return registry;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    private async Task<bool> IsReadyAsync()
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPEndPoint.Parse(Address));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
