using System.Net;

namespace Rke.Gateway.Tests.Dns;

/// <summary>A real DNS server (NSD or BIND) as a child process, with <see cref="Zones"/>, on a free loopback port.</summary>
internal sealed class NameServer : IAsyncDisposable
{
    public const string Nsd = "/usr/sbin/nsd";
    public const string Named = "/usr/sbin/named";

    private readonly DirectoryInfo folder;
    private readonly ServerProcess process;

    private NameServer(DirectoryInfo folder, ServerProcess process, IPEndPoint endpoint)
    {
        this.folder = folder;
        this.process = process;
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

    public static async Task<NameServer> StartAsync(string program)
    {
        // Another program may take the port between the choice and the server's bind.
        for (var attempt = 1; ; attempt++)
        {
            var server = Create(program);
            try
            {
                await server.process.WaitForAsync("nsd started| running$");
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
        await process.DisposeAsync();
        folder.Delete(recursive: true);
    }

    private static NameServer Create(string program)
    {
        var created = Directory.CreateTempSubdirectory("rke-dns-");
        var endpoint = new IPEndPoint(IPAddress.Loopback, FreePort.Next());
        return new NameServer(created, Start(program, created.FullName, endpoint.Port), endpoint);
    }

    private static ServerProcess Start(string program, string folder, int port)
    {
        File.WriteAllText(Path.Combine(folder, "example.test.zone"), Zones.ExampleTest);
        File.WriteAllText(Path.Combine(folder, "other.test.zone"), Zones.OtherTest);
        var configuration = Path.Combine(folder, "server.conf");
        File.WriteAllText(configuration, program == Nsd ? NsdConfiguration(folder, port) : NamedConfiguration(folder));
        return new ServerProcess(program, program == Nsd
            ? ["-d", "-c", configuration]
            : ["-g", "-n", "1", "-c", configuration, "-p", $"{port}"]);
    }

    private static string NsdConfiguration(string folder, int port) => $"""
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
        zone:
          name: "example.test"
          zonefile: "example.test.zone"
        zone:
          name: "other.test"
          zonefile: "other.test.zone"

        """;

    private static string NamedConfiguration(string folder) => $$"""
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
        zone "example.test" { type primary; file "example.test.zone"; };
        zone "other.test" { type primary; file "other.test.zone"; };

        """;
}
