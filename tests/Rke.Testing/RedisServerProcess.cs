using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Rke.Testing;

/// <summary>A real redis-server on a free port of loopback, with a folder of its own, gone with the test.</summary>
public sealed class RedisServerProcess : IAsyncDisposable
{
    private const string Program = "/usr/bin/redis-server";
    private static readonly TimeSpan StartGuard = TimeSpan.FromSeconds(20);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rke-redis-");
    private readonly List<string> _first = [];
    private readonly string[] _arguments;
    private ServerProcess? _process;

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
        var server = new RedisServerProcess(arguments, FreePort.Next());
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>One whose options need its folder or port, not started yet.</summary>
    public static RedisServerProcess Prepare(
        Func<Stream, Task<Stream>>? secure = null, string? password = null, params string[] arguments) =>
        new(arguments, FreePort.Next()) { Secure = secure, Password = password };

    /// <summary>A Sentinel that watches a primary and alone decides, half a second after it fell silent.</summary>
    public static RedisServerProcess PrepareSentinel(RedisServerProcess primary, string? password = null)
    {
        var sentinel = new RedisServerProcess([], FreePort.Next()) { Password = password };
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
        List<string> arguments = [.. _first, "--port", Secure is null ? $"{Port}" : "0"];
        arguments.AddRange(Secure is null ? [] : ["--tls-port", $"{Port}"]);
        arguments.AddRange(["--bind", "127.0.0.1", "--dir", Folder]);
        arguments.AddRange(_first.Count > 0 ? [] : ["--save", "", "--appendonly", "no"]);
        arguments.AddRange(_arguments);
        arguments.AddRange(more);
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _process = new(Program, arguments);
        await _process.UntilAsync(AnswersAsync, StartGuard);
    }

    /// <summary>kill -9.</summary>
    public Task KillAsync() => _process!.KillAsync();

    public void Signal(string signal) => _process!.Signal(signal);

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
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            using var limit = new CancellationTokenSource(StartGuard);
            await AskAsync(limit.Token, "PING");
            return true;
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            return false;
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
}
