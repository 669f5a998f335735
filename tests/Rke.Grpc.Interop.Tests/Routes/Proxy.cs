using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Rke.Grpc.Interop.Tests;

/// <summary>A reverse proxy in front of the server: the real program with a configuration made for the moment.</summary>
public sealed class Proxy : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ToolProcess _process;

    private Proxy(ToolProcess process, int port)
    {
        _process = process;
        Port = port;
    }

    public int Port { get; }

    public static Task<Proxy> StartNginxAsync(string folder, int serverPort) =>
        StartAsync(folder, "nginx.conf", port => $$"""
            daemon off;
            master_process off;
            pid {{folder}}/nginx.pid;
            error_log stderr warn;
            events {}
            http {
              access_log off;
              client_body_temp_path {{folder}}/body;
              proxy_temp_path {{folder}}/proxy;
              fastcgi_temp_path {{folder}}/fastcgi;
              uwsgi_temp_path {{folder}}/uwsgi;
              scgi_temp_path {{folder}}/scgi;
              server {
                listen 127.0.0.1:{{port}} http2;
                client_max_body_size 0;
                location / {
                  grpc_pass grpc://127.0.0.1:{{serverPort}};
                }
              }
            }

            """, file => new ToolProcess("/usr/sbin/nginx", ["-p", folder, "-e", "stderr", "-c", file]));

    public static Task<Proxy> StartHaproxyAsync(string folder, int serverPort) =>
        StartAsync(folder, "haproxy.cfg", port => $"""
            defaults
              mode http
              timeout connect 5s
              timeout client 60s
              timeout server 60s
            frontend grpc
              bind 127.0.0.1:{port} proto h2
              default_backend server
            backend server
              server one 127.0.0.1:{serverPort} proto h2

            """, file => new ToolProcess("/usr/sbin/haproxy", ["-db", "-f", file]));

    public void Dispose() => _process.Dispose();

    private static async Task<Proxy> StartAsync(
        string folder,
        string fileName,
        Func<int, string> configuration,
        Func<string, ToolProcess> start)
    {
        // Somebody else may take the port between its choice and the proxy's bind: then another one.
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort.Next();
            var file = Path.Combine(folder, fileName);
            await File.WriteAllTextAsync(file, configuration(port));
            var process = start(file);
            if (await AcceptsAsync(process, port))
            {
                return new Proxy(process, port);
            }

            process.Dispose();
            if (attempt == 3)
            {
                throw new InvalidOperationException($"No proxy with {fileName}: {process.Output}");
            }
        }
    }

    private static async Task<bool> AcceptsAsync(ToolProcess process, int port)
    {
        var started = Stopwatch.GetTimestamp();
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!process.HasExited && Stopwatch.GetElapsedTime(started) < Patience)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port);
                return true;
            }
            catch (SocketException)
            {
                await ticks.WaitForNextTickAsync();
            }
        }

        return false;
    }
}
