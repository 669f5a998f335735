using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Rke.Deployment.Tests.Image;

/// <summary>A real image registry on loopback, for the SDK, which takes a base image from nowhere else.</summary>
internal sealed class LocalRegistry : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rke-registry-");
    private Process? _process;

    public string Address { get; private set; } = "";

    public static async Task<LocalRegistry> StartAsync()
    {
        var registry = new LocalRegistry();
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            registry.Address = $"127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
        }

        var settings = Path.Combine(registry._folder.FullName, "registry.yml");
        await File.WriteAllTextAsync(
            settings,
            $$"""{ version: 0.1, storage: { filesystem: { rootdirectory: "{{registry._folder.FullName}}/data" } }, """
                + $$"""http: { addr: "{{registry.Address}}" }, log: { level: error } }""",
            TestContext.Current.CancellationToken);
        registry._process = Process.Start(new ProcessStartInfo("docker-registry", ["serve", settings])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        registry._process.OutputDataReceived += (_, _) => { };
        registry._process.ErrorDataReceived += (_, _) => { };
        registry._process.BeginOutputReadLine();
        registry._process.BeginErrorReadLine();
        await registry.WaitAsync();
        return registry;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        _folder.Delete(recursive: true);
    }

    private async Task WaitAsync()
    {
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        guard.CancelAfter(TimeSpan.FromSeconds(60));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (await timer.WaitForNextTickAsync(guard.Token))
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPEndPoint.Parse(Address), guard.Token);
                return;
            }
            catch (SocketException) when (!_process!.HasExited)
            {
                // It is not there yet.
            }
        }
    }
}
