using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Rke.Testing;

/// <summary>The gateway as a process of its own, on free ports.</summary>
public sealed partial class GatewayProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly TaskCompletionSource<Uri> _grpc = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private GatewayProcess(IEnumerable<string> arguments)
    {
        _process = new()
        {
            StartInfo = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "Rke.Gateway.dll"), .. arguments])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        };
        _process.OutputDataReceived += (_, received) => Receive(received.Data);
        _process.ErrorDataReceived += (_, received) => Receive(received.Data);
        _process.EnableRaisingEvents = true;
        _process.Exited += (_, _) => _grpc.TrySetException(new InvalidOperationException(string.Join('\n', _lines)));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What it has written so far.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    public Uri Grpc => _grpc.Task.Result;

    /// <summary>Starts it and waits until it listens.</summary>
    public static async Task<GatewayProcess> StartAsync(params string[] arguments)
    {
        var process = new GatewayProcess(
            ["--Rke:Grpc:Url=http://127.0.0.1:0", "--Rke:Http:Url=http://127.0.0.1:0", .. arguments]);
        await process._grpc.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
        return process;
    }

    /// <summary>Sends SIGTERM, as Kubernetes does.</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>Waits until it has ended and gives its exit code.</summary>
    public async Task<int> WaitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken)
            .WaitAsync(Patience, TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void Receive(string? line)
    {
        if (line is null)
        {
            return;
        }

        _lines.Enqueue(line);
        if (Listening().Match(line) is { Success: true } match)
        {
            _grpc.TrySetResult(new(match.Groups["url"].Value));
        }
    }

    [GeneratedRegex("gRPC is served at (?<url>https?://[0-9.:]+)", RegexOptions.None, 1000)]
    private static partial Regex Listening();
}
