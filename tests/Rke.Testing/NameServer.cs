using System.Net;

namespace Rke.Testing;

/// <summary>A real DNS server (NSD or BIND) as a child process, on a free loopback port.</summary>
public sealed class NameServer : IAsyncDisposable
{
    public const string Nsd = "/usr/sbin/nsd";
    public const string Named = "/usr/sbin/named";

    private readonly DirectoryInfo _folder;
    private readonly ServerProcess _process;

    private NameServer(DirectoryInfo folder, ServerProcess process, IPEndPoint endpoint)
    {
        _folder = folder;
        _process = process;
        Endpoint = endpoint;
    }

    public IPEndPoint Endpoint { get; }

    public static void Require(string program)
    {
        if (!File.Exists(program))
        {
            throw new InvalidOperationException($"{program} is missing: run tests/setup.");
        }
    }

    /// <param name="program"><see cref="Nsd"/> or <see cref="Named"/>.</param>
    /// <param name="zone">A zone, in the format of zone files.</param>
    /// <param name="more">More zones.</param>
    public static async Task<NameServer> StartAsync(string program, (string Name, string Text) zone, params (string Name, string Text)[] more)
    {
        // Another program may take the port between the choice and the server's bind.
        for (var attempt = 1; ; attempt++)
        {
            var server = Create(program, [zone, .. more]);
            try
            {
                await server._process.WaitForAsync("nsd started| running$");
                return server;
            }
            catch (InvalidOperationException) when (attempt < 5)
            {
                await server.DisposeAsync();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private static NameServer Create(string program, (string Name, string Text)[] zones)
    {
        var created = Directory.CreateTempSubdirectory("rke-dns-");
        var endpoint = new IPEndPoint(IPAddress.Loopback, FreePort.Next());
        return new NameServer(created, Start(program, created.FullName, endpoint.Port, zones), endpoint);
    }

    private static ServerProcess Start(string program, string folder, int port, (string Name, string Text)[] zones)
    {
        foreach (var (name, text) in zones)
        {
            File.WriteAllText(Path.Combine(folder, $"{name}.zone"), text);
        }

        var configuration = Path.Combine(folder, "server.conf");
        File.WriteAllText(configuration, program == Nsd ? NsdConfiguration(folder, port, zones) : NamedConfiguration(folder, zones));
        return new ServerProcess(program, program == Nsd
            ? ["-d", "-c", configuration]
            : ["-g", "-n", "1", "-c", configuration, "-p", $"{port}"]);
    }

    private static string NsdConfiguration(string folder, int port, (string Name, string Text)[] zones) => $"""
        server:
          ip-address: 127.0.0.1@{port}
          server-count: 1
          username: ""
          database: ""
          zonesdir: "{folder}"
          pidfile: "{folder}/nsd.pid"
          zonelistfile: "{folder}/zone.list"
          xfrdfile: "{folder}/xfrd.state"
          xfrdir: "{folder}"
        remote-control:
          control-enable: no
        {string.Join('\n', zones.Select(zone => $"zone:\n  name: \"{zone.Name}\"\n  zonefile: \"{zone.Name}.zone\""))}

        """;

    private static string NamedConfiguration(string folder, (string Name, string Text)[] zones) => $$"""
        options {
          directory "{{folder}}";
          pid-file none;
          session-keyfile none;
          listen-on { 127.0.0.1; };
          listen-on-v6 { none; };
          recursion no;
          dnssec-validation no;
          empty-zones-enable no;
          minimal-responses no;
        };
        controls { };
        {{string.Join('\n', zones.Select(zone => $"zone \"{zone.Name}\" {{ type primary; file \"{zone.Name}.zone\"; }};"))}}

        """;
}
