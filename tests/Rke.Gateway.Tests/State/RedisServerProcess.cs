using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Rke.Gateway.Tests.State;

/// <summary>A real redis-server on a free port of loopback, with a folder of its own, gone with the test.</summary>
internal sealed class RedisServerProcess : IAsyncDisposable
{
    private const string Program = "/usr/bin/redis-server";
    private static readonly TimeSpan StartGuard = TimeSpan.FromSeconds(20);

    private static int _lastPort = Random.Shared.Next(10_000);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rke-redis-");
    private readonly List<string> _first = [];
    private readonly string[] _arguments;
    private readonly StringBuilder _output = new();
    private Process? _process;

    private RedisServerProcess(string[] arguments, int port)
    {
        _arguments = arguments;
        Port = port;
    }

    public int Port { get; }

    public string Endpoint => $"127.0.0.1:{Port}";

    public string Folder => _folder.FullName;

    /// <summary>What it is asked with, when not in the clear and without a password.</summary>
    public Func<Stream, Task<Stream>>? Secure { get; init; }

    public string? Password { get; init; }

    /// <summary>Starts one and waits until it answers.</summary>
    public static async Task<RedisServerProcess> StartAsync(params string[] arguments)
    {
        var server = new RedisServerProcess(arguments, FreePort());
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>One whose options need its folder or port, not started yet.</summary>
    public static RedisServerProcess Prepare(
        Func<Stream, Task<Stream>>? secure = null, string? password = null, params string[] arguments) =>
        new(arguments, FreePort()) { Secure = secure, Password = password };

    /// <summary>A Sentinel that watches a primary and alone decides, half a second after it fell silent.</summary>
    public static RedisServerProcess PrepareSentinel(RedisServerProcess primary, string? password = null)
    {
        var sentinel = new RedisServerProcess([], FreePort()) { Password = password };
        var file = Path.Combine(sentinel.Folder, "sentinel.conf");
        File.WriteAllText(file, $"""
            sentinel monitor coins 127.0.0.1 {primary.Port} 1
            sentinel down-after-milliseconds coins 500
            sentinel failover-timeout coins 2000
            {(primary.Password is null ? "" : $"sentinel auth-pass coins {primary.Password}")}
            {(password is null ? "" : $"requirepass {password}")}

            """);
        sentinel._first.AddRange([file, "--sentinel"]);
        return sentinel;
    }

    /// <summary>Starts it on the same port, empty: nothing is ever written to disk.</summary>
    public async Task StartAgainAsync(params string[] more)
    {
        // Below what the system hands out itself, so that nobody takes the port meanwhile.
        List<string> arguments = [.. _first, "--port", Secure is null ? $"{Port}" : "0"];
        arguments.AddRange(Secure is null ? [] : ["--tls-port", $"{Port}"]);
        arguments.AddRange(["--bind", "127.0.0.1", "--dir", Folder]);
        arguments.AddRange(_first.Count > 0 ? [] : ["--save", "", "--appendonly", "no"]);
        arguments.AddRange(_arguments);
        arguments.AddRange(more);
        var start = new ProcessStartInfo(Program)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        arguments.ForEach(start.ArgumentList.Add);
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{Program} does not start.");
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var guard = new CancellationTokenSource(StartGuard);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (true)
        {
            try
            {
                await AskAsync(guard.Token, "PING");
                return;
            }
            catch (Exception exception) when (exception is IOException or SocketException && !guard.IsCancellationRequested)
            {
                if (_process.HasExited)
                {
                    throw new InvalidOperationException($"redis-server ended: {_output}", exception);
                }

                await timer.WaitForNextTickAsync(guard.Token);
            }
        }
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    public void Signal(string signal) =>
        Process.Start("/bin/kill", [$"-{signal}", $"{_process!.Id}"]).WaitForExit();

    /// <summary>Whether Sentinel has made it a replica. That ends all of a server's connections, this one included.</summary>
    public async Task<bool> IsReplicaAsync()
    {
        try
        {
            return (await AskAsync("INFO", "replication")).Contains("role:slave");
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>One command over a connection of its own; the raw answer.</summary>
    public Task<string> AskAsync(params string[] words) => AskAsync(TestContext.Current.CancellationToken, words);

    public async Task<string> AskAsync(CancellationToken cancellationToken, params string[] words)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
        Stream stream = client.GetStream();
        await using var secured = Secure is null ? stream : await Secure(stream);
        if (Password is not null)
        {
            await SendAsync(secured, ["AUTH", Password], cancellationToken);
        }

        return await SendAsync(secured, words, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await KillAsync();
        }

        _process?.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>
    /// A free port below those that the system gives to clients, and below those that a cluster's nodes add 10,000 to.
    /// No port is given twice, since most are bound only later.
    /// </summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = 10_000 + ((Interlocked.Increment(ref _lastPort) & int.MaxValue) % 10_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken.
            }
        }
    }

    private static async Task<string> SendAsync(Stream stream, string[] words, CancellationToken cancellationToken)
    {
        var command = new StringBuilder($"*{words.Length}\r\n");
        foreach (var word in words)
        {
            command.Append($"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        }

        await stream.WriteAsync(Encoding.UTF8.GetBytes(command.ToString()), cancellationToken);
        var answer = new StringBuilder();
        var buffer = new byte[65_536];
        while (!IsWhole(answer.ToString()))
        {
            var length = await stream.ReadAsync(buffer, cancellationToken);
            if (length == 0)
            {
                throw new IOException("redis-server closed the connection.");
            }

            answer.Append(Encoding.Latin1.GetString(buffer, 0, length));
        }

        return answer.ToString();
    }

    private static bool IsWhole(string answer)
    {
        var position = 0;
        return TrySkip(answer, ref position) && position == answer.Length;
    }

    // One value of the protocol, arrays with all that is in them.
    private static bool TrySkip(string answer, ref int position)
    {
        var end = answer.IndexOf("\r\n", Math.Min(position, answer.Length), StringComparison.Ordinal);
        if (end < 0)
        {
            return false;
        }

        var (kind, line) = (answer[position], answer[(position + 1)..end]);
        position = end + 2;
        switch (kind)
        {
            case '$' when line != "-1":
                position += int.Parse(line) + 2;
                return position <= answer.Length;
            case '*':
                for (var left = int.Parse(line); left > 0; left--)
                {
                    if (!TrySkip(answer, ref position))
                    {
                        return false;
                    }
                }

                return true;
            default:
                return true;
        }
    }

    private void Note(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }
}
