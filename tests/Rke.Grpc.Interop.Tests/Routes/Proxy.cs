using System.Diagnostics;
using System.Globalization;

namespace Rke.Grpc.Interop.Tests;

/// <summary>
/// A reverse proxy in front of the server: the real program with a configuration made for the moment. It runs as a
/// daemon, for its command then returns when it listens, or says why it cannot.
/// </summary>
public sealed class Proxy : IDisposable
{
    private readonly string _pidFile;

    private Proxy(string pidFile, int port)
    {
        _pidFile = pidFile;
        Port = port;
    }

    public int Port { get; }

    public static Task<Proxy> StartNginxAsync(string folder, int serverPort)
    {
        var pidFile = Path.Combine(folder, "nginx.pid");
        return StartAsync(Path.Combine(folder, "nginx.conf"), pidFile, port => $$"""
            master_process off;
            pid {{pidFile}};
            error_log {{folder}}/nginx.log warn;
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

            """, file => ToolRun.RunAsync(
                "/usr/sbin/nginx",
                ["-p", folder, "-e", $"{folder}/nginx.log", "-c", file]));
    }

    public static Task<Proxy> StartHaproxyAsync(string folder, int serverPort)
    {
        var pidFile = Path.Combine(folder, "haproxy.pid");
        return StartAsync(Path.Combine(folder, "haproxy.cfg"), pidFile, port => $"""
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

            """, file => ToolRun.RunAsync("/usr/sbin/haproxy", ["-D", "-p", pidFile, "-f", file]));
    }

    public void Dispose()
    {
        var id = int.Parse(File.ReadAllText(_pidFile), CultureInfo.InvariantCulture);
        using var process = Process.GetProcessById(id);
        if (process.ProcessName is not ("nginx" or "haproxy"))
        {
            throw new InvalidOperationException($"The proxy has died, its id is {process.ProcessName} now.");
        }

        process.Kill();
        process.WaitForExit();
    }

    private static async Task<Proxy> StartAsync(
        string file,
        string pidFile,
        Func<int, string> configuration,
        Func<string, Task<ToolRun>> start)
    {
        // Another program may take the port between the choice and the proxy's bind.
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort.Next();
            await File.WriteAllTextAsync(file, configuration(port));
            var run = await start(file);
            if (run.ExitCode == 0)
            {
                return new Proxy(pidFile, port);
            }

            Assert.True(attempt < 3, run.All);
        }
    }
}
