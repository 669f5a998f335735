using System.Net;

namespace Rke.Replicas.Tests;

/// <summary>One gateway as a child process. It keeps its ports after a restart.</summary>
/// <param name="settings">The settings of the gateway.</param>
/// <param name="skewSeconds">The error of its clock. Null starts the shipped program.</param>
internal sealed class Replica(IReadOnlyDictionary<string, string?> settings, int? skewSeconds = null) : IAsyncDisposable
{
    private static readonly TimeSpan MaxDrain = TimeSpan.FromMinutes(2);

    private readonly HttpClient _http = new();
    private readonly List<ServerProcess> _runs = [];

    public int Port { get; } = FreePort.Next();

    public int HttpPort { get; } = FreePort.Next();

    public void Start() => _runs.Add(ServerProcess.OfRepository(
        skewSeconds is null ? "Rke.Gateway" : "Rke.Replicas.Gateway",
        [
            .. skewSeconds is { } skew ? (string[])[$"{skew}"] : [],
            .. settings.Select(setting => $"--{setting.Key}={setting.Value}"),
            $"--Rke:Grpc:Url=http://127.0.0.1:{Port}",
            $"--Rke:Http:Url=http://127.0.0.1:{HttpPort}",
        ]));

    public async Task<bool> IsReadyAsync()
    {
        if (_runs[^1].HasExited)
        {
            throw new InvalidOperationException($"A gateway ended: {this}");
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
    public Task KillAsync() => _runs[^1].KillAsync();

    /// <summary>Sends SIGTERM, as Kubernetes does, waits for the end, and returns the exit code.</summary>
    public Task<int> TerminateAsync()
    {
        _runs[^1].Signal("TERM");
        return _runs[^1].WaitForExitAsync(MaxDrain);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var run in _runs)
        {
            await run.DisposeAsync();
        }

        _http.Dispose();
    }

    public override string ToString() => string.Join('\n', _runs);
}
