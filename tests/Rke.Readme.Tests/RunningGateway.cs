using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Rke.Readme.Tests;

/// <summary>The gateway as a newcomer starts it: without any configuration, but on ports that are free.</summary>
public sealed partial class RunningGateway : IAsyncLifetime
{
    private Process? _process;

    /// <summary>Host and port of the gRPC service.</summary>
    public string Address { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        _process = Process.Start(Command.Start(
            "dotnet",
            Path.Combine(AppContext.BaseDirectory, "Rke.Gateway.dll"),
            "--Rke:Grpc:Url=http://127.0.0.1:0",
            "--Rke:Http:Url=http://127.0.0.1:0"))!;
        var printed = new ConcurrentQueue<string>();
        var address = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _process.OutputDataReceived += (_, line) =>
        {
            printed.Enqueue(line.Data ?? "(end)");
            if (line.Data is null)
            {
                address.TrySetException(new InvalidOperationException($"No gateway.\n{string.Join('\n', printed)}"));
            }
            else if (Served().Match(line.Data) is { Success: true } match)
            {
                address.TrySetResult(match.Groups["address"].Value);
            }
        };
        _process.ErrorDataReceived += (_, line) => printed.Enqueue(line.Data ?? "");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Address = await address.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
    }

    [GeneratedRegex("gRPC is served at http://(?<address>[^,]+),", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Served();
}
