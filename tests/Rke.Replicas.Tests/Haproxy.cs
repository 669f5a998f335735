using System.Diagnostics;
using Rke.Gateway.Tests.EndToEnd;
using Rke.Gateway.Tests.State;

namespace Rke.Replicas.Tests;

/// <summary>haproxy in front of replicas: every call goes to the next one that lives.</summary>
internal sealed class Haproxy : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rke-haproxy-");
    private readonly Process _process;
    private readonly System.Text.StringBuilder _errors = new();

    private Haproxy(IEnumerable<Replica> replicas)
    {
        Port = RedisServerProcess.FreePort();
        var file = Path.Combine(_folder.FullName, "haproxy.cfg");
        var servers = replicas.Select((replica, number) =>
            $"  server r{number} 127.0.0.1:{replica.Port} proto h2 check inter 200ms fall 1 rise 1");
        File.WriteAllText(file, $"""
            global
              maxconn 4000
              tune.h2.max-concurrent-streams 3000
            defaults
              mode http
              maxconn 4000
              timeout connect 2s
              timeout client 60s
              timeout server 60s
            frontend grpc
              bind 127.0.0.1:{Port} proto h2
              default_backend replicas
            backend replicas
              balance roundrobin
              retries 0
            {string.Join('\n', servers)}

            """);
        var start = new ProcessStartInfo("/usr/sbin/haproxy")
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add("-db");
        start.ArgumentList.Add("-f");
        start.ArgumentList.Add(file);
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) => _errors.AppendLine(line.Data);
        _process.BeginErrorReadLine();
    }

    public int Port { get; }

    public static async Task<Haproxy> StartAsync(IEnumerable<Replica> replicas)
    {
        var proxy = new Haproxy(replicas);
        await Eventually.IsTrueAsync(async () =>
        {
            Assert.False(proxy._process.HasExited, $"haproxy does not start: {proxy._errors}");
            using var client = new System.Net.Sockets.TcpClient();
            try
            {
                await client.ConnectAsync("127.0.0.1", proxy.Port);
                return true;
            }
            catch (System.Net.Sockets.SocketException)
            {
                return false;
            }
        });
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }
}
