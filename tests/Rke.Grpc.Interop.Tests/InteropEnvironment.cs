using System.Globalization;

[assembly: AssemblyFixture(typeof(Rke.Grpc.Interop.Tests.InteropEnvironment))]

namespace Rke.Grpc.Interop.Tests;

/// <summary>The server and the proxies in front of it, once for all tests.</summary>
public sealed class InteropEnvironment : IAsyncLifetime
{
    private InteropServer? _server;
    private Proxy? _nginx;
    private Proxy? _haproxy;

    public InteropEnvironment() => OfficialClients = new OfficialClientRuns(this);

    /// <summary>A folder that goes away with the tests.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("rke-interop-").FullName;

    public OfficialClientRuns OfficialClients { get; }

    public InteropServer Server => _server!;

    public async ValueTask InitializeAsync()
    {
        _server = await InteropServer.StartAsync();
        _nginx = await Proxy.StartNginxAsync(Folder, _server.Port);
        _haproxy = await Proxy.StartHaproxyAsync(Folder, _server.Port);
    }

    /// <summary>host:port of a way to the server.</summary>
    public string Target(Route route)
    {
        var port = route switch
        {
            Route.Direct => _server!.Port,
            Route.Nginx => _nginx!.Port,
            Route.Haproxy => _haproxy!.Port,
            _ => throw new ArgumentOutOfRangeException(nameof(route)),
        };
        return string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
    }

    public async ValueTask DisposeAsync()
    {
        _nginx?.Dispose();
        _haproxy?.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        Directory.Delete(Folder, recursive: true);
    }
}
