using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Rke.Gateway.Tests.Dns;

/// <summary>A real DNS server, NSD or BIND, as a child process with our zones on a free loopback port.</summary>
internal sealed class NameServer : IAsyncDisposable
{
    public const string Nsd = "/usr/sbin/nsd";
    public const string Named = "/usr/sbin/named";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo folder;
    private readonly Process process;

    private NameServer(DirectoryInfo folder, Process process, IPEndPoint endpoint)
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

    public static async Task<NameServer> StartAsync(string program, CancellationToken cancellationToken)
    {
        // Another process may take the port between our looking and the server's binding it.
        for (var attempt = 1; ; attempt++)
        {
            var server = Create(program);
            string? complaint;
            try
            {
                complaint = await server.WaitUntilReadyAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                await server.DisposeAsync();
                throw;
            }

            if (complaint is null)
            {
                return server;
            }

            await server.DisposeAsync();
            if (attempt == 5)
            {
                throw new InvalidOperationException($"{program} does not start: {complaint}");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
        folder.Delete(recursive: true);
    }

    private static NameServer Create(string program)
    {
        var created = Directory.CreateTempSubdirectory("rke-dns-");
        var endpoint = FindFreePort();
        return new NameServer(created, Process.Start(Configure(program, created.FullName, endpoint.Port))!, endpoint);
    }

    private static IPEndPoint FindFreePort()
    {
        while (true)
        {
            using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            var endpoint = (IPEndPoint)udp.LocalEndPoint!;
            using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                tcp.Bind(endpoint);
                return endpoint;
            }
            catch (SocketException)
            {
                // In use for TCP: the next one.
            }
        }
    }

    private static ProcessStartInfo Configure(string program, string folder, int port)
    {
        File.WriteAllText(Path.Combine(folder, "example.test.zone"), Zones.ExampleTest);
        File.WriteAllText(Path.Combine(folder, "other.test.zone"), Zones.OtherTest);
        var configuration = Path.Combine(folder, "server.conf");
        File.WriteAllText(configuration, program == Nsd ? NsdConfiguration(folder, port) : NamedConfiguration(folder));
        var arguments = program == Nsd
            ? new[] { "-d", "-c", configuration }
            : ["-g", "-n", "1", "-c", configuration, "-p", $"{port}"];
        return new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
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

    // Both say on their standard error when they serve. Null when it does, else what it said.
    private async Task<string?> WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(Patience);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        var said = new List<string>();
        while (await process.StandardError.ReadLineAsync(either.Token) is { } line)
        {
            said.Add(line);
            if (line.Contains("nsd started", StringComparison.Ordinal)
                || line.EndsWith(" running", StringComparison.Ordinal))
            {
                // Nobody reads on: a full pipe must not stop the server.
                process.BeginOutputReadLine();
                _ = process.StandardError.ReadToEndAsync(CancellationToken.None);
                return null;
            }
        }

        return string.Join('\n', said);
    }
}
