using System.Net.Sockets;

namespace Rke.Replicas.Tests;

/// <summary>haproxy in front of replicas. It sends each call to the next available replica.</summary>
internal sealed class Haproxy : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rke-haproxy-");
    private readonly ServerProcess _process;

    private Haproxy(Func<int, string> configuration)
    {
        Port = FreePort.Next();
        var file = Path.Combine(_folder.FullName, "haproxy.cfg");
        File.WriteAllText(file, $"""
            global
              stats socket {SocketPath}

            {configuration(Port)}
            """);
        _process = new("/usr/sbin/haproxy", ["-db", "-f", file]);
    }

    public int Port { get; }

    private string SocketPath => Path.Combine(_folder.FullName, "stats");

    /// <summary>Starts haproxy in front of all replicas that accept connections.</summary>
    public static Task<Haproxy> StartAsync(IEnumerable<Replica> replicas) => StartAsync(port => $"""
          maxconn 4000
          tune.h2.max-concurrent-streams 3000
          log stdout format raw local0
        defaults
          mode http
          log global
          option httplog
          option dontlog-normal
          maxconn 4000
          timeout connect 2s
          timeout client 60s
          timeout server 60s
        frontend grpc
          bind 127.0.0.1:{port} proto h2
          default_backend replicas
        backend replicas
          balance roundrobin
          retries 0
        {string.Join('\n', replicas.Select((replica, number) =>
            $"  server r{number} 127.0.0.1:{replica.Port} proto h2 check inter 200ms fall 1 rise 1"))}

        """);

    /// <param name="configuration">Returns the whole configuration for a port.</param>
    public static async Task<Haproxy> StartAsync(Func<int, string> configuration)
    {
        var proxy = new Haproxy(configuration);
        await proxy._process.UntilAsync(async () =>
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync("127.0.0.1", proxy.Port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        });
        return proxy;
    }

    /// <summary>Waits until haproxy sends calls to all replicas.</summary>
    public Task UntilAllAreUpAsync(TimeSpan within) => Eventually.IsTrueAsync(
        async () => (await StatesAsync()).All(state => state.StartsWith("UP", StringComparison.Ordinal)), within);

    /// <summary>The requests that failed, and the changes of servers.</summary>
    public override string ToString() => $"haproxy:\n{_process}";

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    // CSV with one line per proxy and server. The first line has the names of the columns.
    private async Task<IEnumerable<string>> StatesAsync()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath));
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync("show stat\n"u8.ToArray());
        using var reader = new StreamReader(stream);
        var lines = (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var columns = lines[0].Split(',');
        var (server, status) = (Array.IndexOf(columns, "svname"), Array.IndexOf(columns, "status"));
        return lines[1..].Select(line => line.Split(','))
            .Where(values => values[server] is not ("FRONTEND" or "BACKEND")).Select(values => values[status]);
    }
}
