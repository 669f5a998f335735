using System.Diagnostics;
using System.Net;
using System.Text;

namespace Rke.Replicas.Tests;

/// <summary>One gateway as a process of its own, on ports that stay when it is started again.</summary>
/// <param name="settings">Its configuration.</param>
/// <param name="skewSeconds">How wrong its clock is; null = the program as it is shipped.</param>
internal sealed class Replica(IReadOnlyDictionary<string, string?> settings, int? skewSeconds = null) : IAsyncDisposable
{
    private static readonly TimeSpan LongestDrain = TimeSpan.FromMinutes(2);

    private readonly StringBuilder _output = new();
    private readonly HttpClient _http = new();
    private Process? _process;

    public int Port { get; } = RedisServerProcess.FreePort();

    public int HttpPort { get; } = RedisServerProcess.FreePort();

    public void Start()
    {
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(
            AppContext.BaseDirectory, skewSeconds is null ? "Rke.Gateway.dll" : "Rke.Replicas.Gateway.dll"));
        if (skewSeconds is not null)
        {
            start.ArgumentList.Add($"{skewSeconds}");
        }

        foreach (var (key, value) in settings)
        {
            start.ArgumentList.Add($"--{key}={value}");
        }

        start.ArgumentList.Add($"--Rke:Grpc:Url=http://127.0.0.1:{Port}");
        start.ArgumentList.Add($"--Rke:Http:Url=http://127.0.0.1:{HttpPort}");
        _process?.Dispose();
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public async Task<bool> IsReadyAsync()
    {
        if (_process!.HasExited)
        {
            throw new InvalidOperationException($"A gateway ended: {_output}");
        }

        try
        {
            using var answer = await _http.GetAsync($"http://127.0.0.1:{HttpPort}/readyz");
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    public Task WaitUntilReadyAsync(TimeSpan? within = null) => Eventually.IsTrueAsync(IsReadyAsync, within);

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, as Kubernetes does it; waits for the end and gives the exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        using (var kill = Process.Start("/bin/kill", ["-TERM", $"{_process!.Id}"]))
        {
            await kill.WaitForExitAsync();
        }

        await _process.WaitForExitAsync().WaitAsync(LongestDrain);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await KillAsync();
        }

        _process?.Dispose();
        _http.Dispose();
    }

    public override string ToString() => _output.ToString();

    private void Note(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }
}
