using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Rke.Testing;

/// <summary>A real redis-server on a free port of loopback, with its own folder, which the test deletes.</summary>
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

    /// <summary>The address that the server listens on.</summary>
    private string Address { get; init; } = "127.0.0.1";

    public string Endpoint => $"127.0.0.1:{Port}";

    public string Folder => _folder.FullName;

    /// <summary>The TLS options and the password for commands of the test, if the server needs them.</summary>
    public Func<Stream, Task<Stream>>? Secure { get; init; }

    public string? Password { get; init; }

    /// <summary>Starts a server and waits until it answers.</summary>
    public static async Task<RedisServerProcess> StartAsync(params string[] arguments)
    {
        var server = new RedisServerProcess(arguments, FreePort.Next());
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>A server that is not started, for options that depend on its folder or port.</summary>
    public static RedisServerProcess Prepare(
        Func<Stream, Task<Stream>>? secure = null, string? password = null, params string[] arguments) =>
        new(arguments, FreePort.Next()) { Secure = secure, Password = password };

    /// <summary>A server that listens on one address only. It is not started.</summary>
    public static RedisServerProcess PrepareAt(string address) => new([], FreePort.Next()) { Address = address };

    /// <summary>A Sentinel that watches a primary. It starts a failover half a second after the primary stopped answering.</summary>
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

    /// <summary>Starts the server on the same port, without data, because it writes nothing to disk.</summary>
    public async Task StartAgainAsync(params string[] more)
    {
        List<string> arguments = [.. _first, "--port", Secure is null ? $"{Port}" : "0"];
        arguments.AddRange(Secure is null ? [] : ["--tls-port", $"{Port}"]);
        arguments.AddRange(["--bind", Address, "--dir", Folder]);
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

    /// <summary>Whether Sentinel has made this server a replica. That closes all connections of the server.</summary>
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

    /// <summary>Sends one command over a new connection, and returns the raw answer.</summary>
    public Task<string> AskAsync(params string[] words) => AskAsync(TestContext.Current.CancellationToken, words);

    public async Task<string> AskAsync(CancellationToken cancellationToken, params string[] words)
    {
        using var client = new TcpClient(IPAddress.Parse(Address).AddressFamily);
        await client.ConnectAsync(IPAddress.Parse(Address), Port, cancellationToken);
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

    // Reads one value of the protocol. An array includes its elements.
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
